// In plain JavaScript, as bin/k3v calls it before anything is loaded.
import v8 from 'node:v8';

/**
 * Has V8 collect garbage sooner than it would by itself. k3v shares its machine with its control plane, and one machine runs many of them.
 * To be called first; V8 takes these flags at any time.
 * @param {Readonly<Record<string, string | undefined>>} env
 */
export function keepHeapSmall(env) {
  // The old generation is collected when it has grown by half since the last time; by default, while it is small, when there is four times as much.
  v8.setFlagsFromString('--heap-growing-percent=50');
  // Each read of a stream makes a new buffer. A young generation that stays small is collected often and frees them; a large one leaves them to
  // collections of the whole heap: twice the time per byte and 50 MB more. Whoever says how large it may be knows what for.
  if (!env['NODE_OPTIONS']?.includes('--max-semi-space-size')) v8.setFlagsFromString('--semi-space-growth-factor=1');
}
