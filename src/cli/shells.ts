/** The shells that k3v prints a completion for, each with how it is switched on. */
export const shells = {
  bash: 'source <(k3v completion bash) in ~/.bashrc',
  zsh: 'source <(k3v completion zsh) in ~/.zshrc, after compinit',
  fish: 'k3v completion fish | source in ~/.config/fish/config.fish',
  powershell: 'k3v completion powershell | Out-String | Invoke-Expression in $PROFILE',
} as const;

export type Shell = keyof typeof shells;

/** Returns whether `word` names one of them. */
export function isShell(word: string | undefined): word is Shell {
  return word !== undefined && Object.hasOwn(shells, word);
}
