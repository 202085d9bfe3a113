import { type GuideStep, guideSteps, matchesGuide } from './console-blocks.ts';
import type { GuideShell } from './guide-shell.ts';

export interface PlayedStep {
  step: GuideStep;
  /** What the command said. */
  lines: string[];
  /** Undefined for what goes on. */
  exitCode: number | undefined;
}

export interface GuideWorld {
  shell: GuideShell;
  /** Paths below it are shown as ones of `/home/me`. */
  folder: string;
  /** Whether a command is left to another test. Default: none is. */
  isLeftOut?: (command: string) => boolean;
  /** What the page takes to be there before some of its commands, as commands. */
  before?: Readonly<Record<string, string>>;
  /** Words that stand for others on the page, beside the folder. */
  shownAs?: readonly (readonly [actual: string, shown: string])[];
}

/** Does what `markdown` says, one step after the other. */
export async function playGuide(
  markdown: string,
  { shell, folder, isLeftOut = () => false, before = {}, shownAs = [] }: GuideWorld,
): Promise<PlayedStep[]> {
  const played: PlayedStep[] = [];
  const shown = (lines: string[]) =>
    lines.map((line) =>
      [[folder, '/home/me'] as const, ...shownAs].reduce((text, [actual, word]) => text.replaceAll(actual, word), line),
    );
  for (const step of guideSteps(markdown)) {
    if (step.kind !== 'interrupt' && isLeftOut(step.command)) continue;
    const preparation = step.kind === 'interrupt' ? undefined : before[step.command];
    if (preparation !== undefined) {
      const { exitCode, lines } = await shell.run(preparation);
      if (exitCode !== 0) throw new Error(`exit code ${exitCode} of ${preparation}:\n${lines.join('\n')}`);
    }
    switch (step.kind) {
      case 'run': {
        const { exitCode, lines } = await shell.run(step.command);
        played.push({ step, lines: shown(lines), exitCode });
        break;
      }
      case 'start': {
        const lines = await shell.start(step.command, step.until);
        played.push({ step, lines: shown(lines), exitCode: undefined });
        break;
      }
      case 'interrupt':
        await shell.interrupt();
    }
  }
  return played;
}

/** Returns what is wrong with a guide: commands that fail, and those that say something else than it shows. */
export function differences(played: readonly PlayedStep[]): string[] {
  return played.flatMap(({ step, lines, exitCode }) => {
    if (step.kind === 'interrupt') return [];
    const said = `line ${step.line}: ${step.command}\n${lines.join('\n')}`;
    // One that is meant to fail shows how.
    const isMeant = exitCode === undefined || exitCode === 0 || step.output.length > 0;
    if (!isMeant) return [`exit code ${exitCode}, ${said}`];
    return matchesGuide(lines, step.output) ? [] : [`the guide shows something else, ${said}`];
  });
}

/** Returns `markdown` with what was said in place of what it shows; an output that matches as it stands is left. */
export function withOutputs(markdown: string, played: readonly PlayedStep[]): string {
  const lines = markdown.split('\n');
  for (const { step, lines: said } of played.toReversed()) {
    if (step.kind === 'interrupt' || matchesGuide(said, step.output)) continue;
    const begin = step.line - 1 + step.command.split('\n').length;
    lines.splice(begin, step.output.length, ...said);
  }
  return lines.join('\n');
}
