/** Milliseconds since 1970 on a clock that runs evenly: the wall clock may be set while a meeting goes on. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
