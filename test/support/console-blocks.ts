/** One step of a guide: a command that ends, one that goes on in a terminal of its own, or Ctrl-C in that terminal. */
export type GuideStep =
  /** `output`: lines that the guide shows; `…` stands for any number of them. */
  | { kind: 'run'; command: string; output: string[]; line: number }
  | { kind: 'start'; command: string; output: string[]; line: number; until: string }
  | { kind: 'interrupt'; line: number };

/**
 * Returns the steps in `markdown`. In blocks that begin with ```console, a line after `$ ` is a command, with the lines that a `\` at its end or a here-document adds, and
 * what follows is its output. A block that begins with ```console until="words" goes on beside the others once it has said the words, and `<!-- Ctrl-C -->` ends it.
 * `line` counts from 1.
 */
export function guideSteps(markdown: string): GuideStep[] {
  const steps: GuideStep[] = [];
  let block: { until: string | undefined } | undefined;
  let current: Exclude<GuideStep, { kind: 'interrupt' }> | undefined;
  let more: string | undefined;
  for (const [index, text] of markdown.split('\n').entries()) {
    const line = index + 1;
    if (text.startsWith('```')) {
      const begins = !block && /^```console\b/.test(text);
      block = begins ? { until: /until="([^"]+)"/.exec(text)?.[1] } : undefined;
      current = undefined;
    } else if (!block) {
      if (text === '<!-- Ctrl-C -->') steps.push({ kind: 'interrupt', line });
    } else if (current && more !== undefined) {
      current.command += `\n${text}`;
      if (more === '\\') more = continuation(text);
      else if (text === more) more = undefined;
    } else if (text.startsWith('$ ')) {
      const command = { command: text.slice(2), output: [], line };
      current =
        block.until === undefined ? { kind: 'run', ...command } : { kind: 'start', ...command, until: block.until };
      more = continuation(text);
      steps.push(current);
    } else current?.output.push(text);
  }
  return steps;
}

/** What ends a command that goes on after `line`: a backslash, or the word of a here-document. */
function continuation(line: string): string | undefined {
  return line.endsWith('\\') ? '\\' : /<<-?\s*'?(\w+)'?/.exec(line)?.[1];
}

/** Letters and digits of the names that Kubernetes makes up: no vowels, nothing that looks like another. */
const random = '[bcdfghjklmnpqrstvwxz2456789]';
/** What is another each time, and what stands for it. */
const variable: [RegExp, string][] = [
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uid>'],
  // Before times and ages: a name may end in `655688794f`, or in `28s4m`.
  [new RegExp(`-${random}{8,10}-${random}{5}(?![a-z\\d])`, 'g'), '-<hash>'],
  [/-[a-z2-7]{10}\b/g, '-<hash>'],
  [new RegExp(`-${random}{8,10}\\b`, 'g'), '-<hash>'],
  [/"time":\d+/g, '"time":<time>'],
  [/\d{4}-?\d\d-?\d\dT?[\d:.]*Z?/g, '<time>'],
  [/(?<=<time>)-[0-9a-f]{4}\b/g, ''],
  [/\b\d\d:\d\d:\d\d\b/g, '<time>'],
  [/\b(\d+\.\d+\.\d+\.\d+|[0-9a-f]{2,4}(:[0-9a-f]{0,4}){2,7})(\/\d+)?\b/g, '<address>'],
  [/(localhost|<address>):\d+/g, '$1:<port>'],
  [/\b(\d+(\.\d+)?(ms|s|m|h|d))+\b/g, '<duration>'],
  [/\bpid \d+/g, 'pid <pid>'],
  [/\bv\d+\.\d+\.\d+\b/g, '<version>'],
  [/\b\d+(\.\d+)? [kMG]B\b/g, '<size>'],
  [/:3\d{4}\//g, ':<port>/'],
  [/\s+/g, ' '],
];

/** Returns `line` with a word in place of what is another each time: times, addresses, versions, names that are made up, the width of columns. */
export function steadyLine(line: string): string {
  return variable.reduce((text, [pattern, word]) => text.replaceAll(pattern, word), line).trim();
}

/** Whether `output` is what the guide shows, but for what is another each time. */
export function matchesGuide(output: readonly string[], shown: readonly string[]): boolean {
  const [first, ...rest] = shown;
  if (first === undefined) return output.length === 0;
  if (first === '…')
    return Array.from({ length: output.length + 1 }, (_, skipped) => output.slice(skipped)).some((left) =>
      matchesGuide(left, rest),
    );
  const [line, ...others] = output;
  return line !== undefined && steadyLine(line) === steadyLine(first) && matchesGuide(others, rest);
}
