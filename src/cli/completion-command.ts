import { bashCompletion } from './bash-completion.ts';
import { completedCommands } from './completed-commands.ts';
import { fishCompletion } from './fish-completion.ts';
import { powershellCompletion } from './powershell-completion.ts';
import type { Shell } from './shells.ts';
import { zshCompletion } from './zsh-completion.ts';

const scripts = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
  powershell: powershellCompletion,
} satisfies Record<Shell, unknown>;

/** Returns the script by which `shell` completes commands, flags, and values of flags that take only certain words. */
export function completionScript(shell: Shell): string {
  return scripts[shell](completedCommands());
}
