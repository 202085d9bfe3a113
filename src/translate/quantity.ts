const suffixes: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * Returns the amount that a quantity such as `1Gi`, `500m` or `1e3` stands for; NaN if it is none. Exact up to 2^53.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function quantityOf(text: string): number {
  const [, digits = '', suffix = ''] =
    /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(text.trim()) ?? [];
  return digits === '' ? Number.NaN : Number(digits) * (suffixes[suffix] ?? Number.NaN);
}

const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Returns `nano`, a whole number of billionths, in the form that API servers give an amount such as processor time. */
export function decimalQuantity(nano: number): string {
  return shortest(nano, 1000, decimalSuffixes);
}

/** Returns `bytes`, a whole number, in the form that API servers give an amount of memory. */
export function binaryQuantity(bytes: number): string {
  return shortest(bytes, 1024, binarySuffixes);
}

/** Returns `amount`, a whole number of things, in the form that API servers give it: thousands are `k`. */
export function countQuantity(amount: number): string {
  return shortest(amount, 1000, decimalSuffixes.slice(decimalSuffixes.indexOf('')));
}

/** Takes the largest suffix that leaves a whole number. */
function shortest(amount: number, base: number, suffixes: string[]): string {
  if (amount === 0) return '0';
  let [rest, index] = [amount, 0];
  while (rest % base === 0 && index < suffixes.length - 1) [rest, index] = [rest / base, index + 1];
  return `${rest}${suffixes[index] ?? ''}`;
}
