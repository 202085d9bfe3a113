/** The value of a flag, and where it was found: `--flag`, a variable, a file, or `default`. */
export interface Picked {
  value: unknown;
  from: string;
}

/** Returns whether somebody said something; an empty value is nothing. */
export function isGiven({ value, from }: Picked): boolean {
  return from !== 'default' && value !== undefined && value !== null && value !== '';
}
