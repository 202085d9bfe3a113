/** Returns whether `rest` has a field that `patch` has not; a list counts as one value. */
export function reachesBeyond(rest: object, patch: object): boolean {
  return Object.entries(rest).some(([field, value]: [string, unknown]) => {
    if (!Object.hasOwn(patch, field)) return true;
    const tried: unknown = Reflect.get(patch, field);
    return isFields(value) && isFields(tried) && reachesBeyond(value, tried);
  });
}

function isFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
