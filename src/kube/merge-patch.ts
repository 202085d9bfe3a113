import equal from 'fast-deep-equal';

type Fields = { [field: string]: unknown };

/** Returns the JSON merge patch (RFC 7386) that turns `from` into `to`, or undefined if they are equal. Lists count as one value; `undefined` means the field is not there. */
export function mergePatchOf(from: object, to: object): Fields | undefined {
  const patch: Fields = {};
  const before: Fields = { ...from };
  const after: Fields = { ...to };
  for (const [field, value] of Object.entries(after)) {
    const old = before[field];
    if (value === undefined || equal(old, value)) continue;
    if (isFields(old) && isFields(value)) {
      const inner = mergePatchOf(old, value);
      if (inner) patch[field] = inner;
    } else patch[field] = value;
  }
  for (const [field, old] of Object.entries(before)) {
    if (old !== undefined && after[field] === undefined) patch[field] = null;
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
