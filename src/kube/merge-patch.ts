type Fields = { [field: string]: unknown };

/**
 * Returns the JSON merge patch (RFC 7386) that turns `from` into `to`, or undefined if they are equal. Lists count as one
 * value. A field that is `undefined` or `null` is not there: a merge patch can say no other, and API servers write `null` where
 * they mean nothing (`creationTimestamp: null`), so that telling them apart would patch for ever.
 */
export function mergePatchOf(from: object, to: object): Fields | undefined {
  const patch: [string, unknown][] = [];
  for (const [field, value] of Object.entries(to)) {
    const old = own(from, field);
    if (isAbsent(value)) continue;
    if (isFields(old) && isFields(value)) {
      const inner = mergePatchOf(old, value);
      if (inner) patch.push([field, inner]);
    } else if (!isSame(old, value)) patch.push([field, value]);
  }
  for (const [field, old] of Object.entries(from)) {
    if (!isAbsent(old) && isAbsent(own(to, field))) patch.push([field, null]);
  }
  return patch.length > 0 ? Object.fromEntries(patch) : undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isAbsent(a) || isAbsent(b)) return isAbsent(a) && isAbsent(b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  return isFields(a) && isFields(b) && mergePatchOf(a, b) === undefined;
}

/** Plain indexing would find `constructor` in every object, and that is a legal key of a ConfigMap. */
function own(object: object, field: string): unknown {
  return Object.hasOwn(object, field) ? Reflect.get(object, field) : undefined;
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
