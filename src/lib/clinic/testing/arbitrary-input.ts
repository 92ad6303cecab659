import fc from 'fast-check';
import { z } from 'zod';

/** What a JSON Schema of Zod's says; as far as the clinic's inputs need it. */
interface Node {
  $ref?: string;
  $defs?: Record<string, Node>;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Node[];
  oneOf?: Node[];
  allOf?: Node[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  items?: Node;
  prefixItems?: Node[];
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Node>;
  required?: string[];
  additionalProperties?: Node | boolean;
  propertyNames?: Node;
}

export interface ArbitraryHints {
  /** Tried where a pattern is asked for: ids that mean something to the test. */
  texts: readonly string[];
  /** What a field of this name mostly says, where a refinement wants more than its shape. */
  fields: Readonly<Record<string, readonly unknown[]>>;
  /** A moment in ms, so that times lie around it. */
  nowMs: number;
}

/**
 * What somebody might send for a schema of Zod's: of its shape, and mostly accepted (what only a refinement says is not known). By the
 * schema's own JSON Schema, because no library derives fast-check's arbitraries from Zod 4.
 */
export function arbitraryInput(schema: z.ZodType, hints: ArbitraryHints): fc.Arbitrary<unknown> {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node;
  return arbitraryOf(root, { root, hints, depth: 0 });
}

interface Around {
  root: Node;
  hints: ArbitraryHints;
  depth: number;
}

function arbitraryOf(node: Node, around: Around): fc.Arbitrary<unknown> {
  const deeper = { ...around, depth: around.depth + 1 };
  if (node.$ref !== undefined) return arbitraryOf(resolve(node.$ref, around.root), deeper);
  if ('const' in node) return fc.constant(node.const);
  if (node.enum) return fc.constantFrom(...node.enum);
  const choices = node.anyOf ?? node.oneOf;
  if (choices) return oneOf(choices, deeper);
  if (node.allOf)
    return fc
      .tuple(...node.allOf.map((part) => arbitraryOf(part, deeper)))
      .map((parts) => Object.assign({}, ...parts) as unknown);
  switch (node.type) {
    case 'string':
      return textOf(node, around.hints);
    case 'integer':
    case 'number':
      return numberOf(node, around.hints);
    case 'boolean':
      return fc.boolean();
    case 'array':
      return listOf(node, deeper);
    case 'object':
      return objectOf(node, deeper);
    default:
      return fc.constant(null);
  }
}

/** Deep down only what ends: the first choices of a recursive schema are its leaves. */
function oneOf(choices: Node[], around: Around): fc.Arbitrary<unknown> {
  const shown = around.depth > 6 ? choices.slice(0, 1) : choices;
  return fc.oneof(...shown.map((choice) => arbitraryOf(choice, around)));
}

function textOf({ pattern, minLength = 0, maxLength = 200 }: Node, { texts }: ArbitraryHints) {
  const fits = (text: string): boolean => text.length >= minLength && text.length <= maxLength;
  const most = Math.min(maxLength, 40);
  if (pattern === undefined)
    return fc.oneof(
      fc.constantFrom(...['右上腹痛', '<script>alert(1)</script>', 'plain'].filter(fits), ...'x'),
      fc.string({ minLength: Math.max(minLength, 1), maxLength: Math.max(most, 1), unit: 'grapheme' }),
    );
  const known = texts.filter((text) => new RegExp(pattern, 'u').test(text) && fits(text));
  return known.length > 0
    ? fc.constantFrom(...known)
    : fc.stringMatching(new RegExp(pattern, 'u'), { size: 'small' }).filter(fits);
}

function numberOf({ type, minimum = -1e6, maximum = 1e6 }: Node, { nowMs }: ArbitraryHints) {
  const near = [0, 60_000, 3_600_000, -3_600_000].map((ms) => nowMs + ms);
  const inside = near.filter((ms) => ms >= minimum && ms <= maximum);
  const any =
    type === 'integer'
      ? fc.integer({
          min: Math.max(Math.ceil(minimum), Number.MIN_SAFE_INTEGER),
          max: Math.min(Math.floor(maximum), Number.MAX_SAFE_INTEGER),
        })
      : fc.double({ min: minimum, max: maximum, noNaN: true });
  return inside.length > 0 ? fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...inside) }, any) : any;
}

function listOf({ items, prefixItems, minItems = 0, maxItems = 3 }: Node, around: Around) {
  if (prefixItems) return fc.tuple(...prefixItems.map((item) => arbitraryOf(item, around)));
  const maxLength = Math.max(minItems, Math.min(maxItems, around.depth > 6 ? minItems : 3));
  return fc.array(arbitraryOf(items ?? {}, around), { minLength: minItems, maxLength });
}

function objectOf(node: Node, around: Around): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties, propertyNames } = node;
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, each]) => {
      const known = Object.hasOwn(around.hints.fields, name) ? around.hints.fields[name] : undefined;
      const any = arbitraryOf(each, around);
      if (!known) return [name, any];
      return [name, fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, any)];
    }),
  );
  const own = fc.record(fields, { requiredKeys: required.filter((name) => Object.hasOwn(fields, name)) });
  if (typeof additionalProperties !== 'object') return own;
  const keys = propertyNames ? arbitraryOf({ type: 'string', ...propertyNames }, around) : fc.string();
  const more = fc.dictionary(keys as fc.Arbitrary<string>, arbitraryOf(additionalProperties, around), {
    maxKeys: 3,
  });
  return fc.tuple(more, own).map(([some, known]) => ({ ...some, ...known }));
}

function resolve(ref: string, root: Node): Node {
  if (ref === '#') return root;
  const name = ref.replace(/^#\/\$defs\//, '');
  const found = root.$defs?.[name];
  if (!found) throw new Error(`a schema points at ${ref}, which it does not hold`);
  return found;
}
