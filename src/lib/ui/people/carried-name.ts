/**
 * A name that was looked for and not found, on its way to the form of a new patient: not by the address, which would be kept in histories and
 * logs.
 */
let carried = '';

export function carryName(typed: string): void {
  // A number was no name.
  carried = /\d/.test(typed) ? '' : typed.trim();
}

/** Once. */
export function takeCarriedName(): string {
  const name = carried;
  carried = '';
  return name;
}
