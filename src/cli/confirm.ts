import { createInterface } from 'node:readline/promises';

/** Asks at the terminal and resolves with whether the answer is yes; anything else, and the end of input, is no. */
export async function confirm(
  question: string,
  { input, output }: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream },
): Promise<boolean> {
  const terminal = createInterface({ input, output });
  // A last line without an end comes at the same moment, and counts.
  const closed = new Promise<undefined>((resolve) => terminal.once('close', () => setImmediate(resolve, undefined)));
  try {
    const answer = await Promise.race([terminal.question(`${question} [y/N] `).catch(() => undefined), closed]);
    // Ctrl-C and Ctrl-D leave the cursor behind the question.
    if (answer === undefined) output.write('\n');
    return /^y(es)?$/i.test(answer?.trim() ?? '');
  } finally {
    terminal.close();
  }
}
