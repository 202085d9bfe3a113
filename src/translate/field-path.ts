/** Leads to fields of an object: a name is a field, `each` is every item of a list or every value of a map. */
export type FieldPath = (string | typeof each)[];

const each: unique symbol = Symbol('each');
type Fields = { [field: string]: unknown };

/** Returns the path that `text` writes down: `spec.tls[].secretName`, `spec.refs.*.name`. Undefined if it is none. */
export function parseFieldPath(text: string): FieldPath | undefined {
  const path = text.split('.').flatMap((part): FieldPath => {
    const name = part.replace(/(\[\])+$/, '');
    const lists = (part.length - name.length) / 2;
    const lead: FieldPath = [name === '*' ? each : name];
    return lead.concat(Array.from({ length: lists }, (): typeof each => each));
  });
  const isWhole = path.every((part) => typeof part !== 'string' || /^[^[\]*]+$/.test(part));
  return isWhole && path[0] !== each ? path : undefined;
}

/** Returns the path whose fields have these names, whatever characters are in them. */
export function fieldPathOf(names: string[]): FieldPath {
  return [...names];
}

/**
 * Calls `act` with every object in `root` that may hold the last field of `path`, and that field's name. With `create`, objects on the way that are
 * not there are made.
 */
export function forEachAt(
  root: unknown,
  path: FieldPath,
  act: (holder: Fields, field: string) => void,
  { create = false } = {},
): void {
  const [first, ...rest] = path;
  if (first === undefined) return;
  if (first === each) {
    const inner = Array.isArray(root) ? root.keys() : isFields(root) ? Object.keys(root) : [];
    for (const key of inner) {
      if (rest.length > 0) forEachAt(Reflect.get(Object(root), key), rest, act, { create });
      else if (typeof root === 'object' && root !== null) act(root as Fields, String(key));
    }
    return;
  }
  if (!isFields(root)) return;
  if (rest.length === 0) return act(root, first);
  if (create && root[first] === undefined && rest[0] !== each) root[first] = {};
  forEachAt(root[first], rest, act, { create });
}

/** Returns the value at the end of `path` in `root`; of several the first. */
export function valueAt(root: unknown, path: FieldPath): unknown {
  const values: unknown[] = [];
  forEachAt(root, path, (holder, field) => values.push(holder[field]));
  return values[0];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
