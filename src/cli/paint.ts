import { styleText } from 'node:util';

/** Marks text for a terminal, or leaves it as it is. */
export interface Paint {
  bold: (text: string) => string;
  red: (text: string) => string;
  green: (text: string) => string;
  yellow: (text: string) => string;
}

/** For what is no terminal. */
export const noPaint: Paint = { bold: String, red: String, green: String, yellow: String };

const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
  styleText(format, text, { validateStream: false });
const colours: Paint = { bold: style('bold'), red: style('red'), green: style('green'), yellow: style('yellow') };

/**
 * Returns how to mark what is written to `stream`: in colour on a terminal that is not `dumb`, unless NO_COLOR is set (no-color.org); with FORCE_COLOR in
 * colour everywhere, or with 0 or false nowhere (force-color.org), as Node itself does it. A variable that is empty is not set.
 */
export function paintFor(stream: { isTTY?: boolean }, env: Record<string, string | undefined>): Paint {
  const { FORCE_COLOR: forced, NO_COLOR: refused, TERM: terminal } = env;
  if (forced) return forced === '0' || forced === 'false' ? noPaint : colours;
  return stream.isTTY === true && !refused && terminal !== 'dumb' ? colours : noPaint;
}
