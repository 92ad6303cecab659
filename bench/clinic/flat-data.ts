/** What SvelteKit's `__data.json` says in place of a value. */
const UNDEFINED = -1;

/**
 * A page's data out of the flat form in which SvelteKit sends it (devalue: a list of values, and numbers in place of what is within them). Of
 * plain values; what else there could be (dates, maps) none of our pages sends.
 */
export function pageData(body: string): unknown {
  const { nodes } = JSON.parse(body) as { nodes?: ({ type: string; data?: unknown[] } | null)[] };
  const page = nodes?.at(-1);
  if (page?.type !== 'data' || !page.data) throw new Error(`no data of a page: ${body.slice(0, 200)}`);
  return unflat(page.data);
}

/** What a form's action answered, or where it leads; throws when it was refused. */
export function actionData(body: string): unknown {
  const { type, data, location } = JSON.parse(body) as { type: string; data?: string; location?: string };
  if (type === 'redirect') return { location };
  const said = data === undefined ? undefined : unflat(JSON.parse(data) as unknown[]);
  if (type !== 'success') throw new Error(`refused: ${JSON.stringify(said)}`);
  return said;
}

function unflat(values: unknown[]): unknown {
  const valueAt = (index: unknown): unknown => {
    if (index === UNDEFINED) return undefined;
    const value = values[Number(index)];
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(valueAt);
    return Object.fromEntries(Object.entries(value).map(([name, at]) => [name, valueAt(at)]));
  };
  return valueAt(0);
}
