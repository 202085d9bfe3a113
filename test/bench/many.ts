/** Does `work` for each number below `count`, `atOnce` of them at the same time. */
export async function many(count: number, atOnce: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const take = async () => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: Math.min(count, atOnce) }, take));
}

/** Begins `work` for each number below `count` at a steady pace, whether or not the last one has ended; resolves with how many a second were begun in fact, when all have ended. */
export async function paced(
  count: number,
  perSecond: number,
  work: (index: number) => Promise<unknown>,
): Promise<number> {
  const began = performance.now();
  const all: Promise<unknown>[] = [];
  for (let index = 0; index < count; index++) {
    const waitMs = began + (index * 1000) / perSecond - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    all.push(work(index));
  }
  const seconds = (performance.now() - began) / 1000;
  await Promise.all(all);
  return (count - 1) / seconds;
}
