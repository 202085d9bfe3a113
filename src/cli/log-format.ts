/** How log lines and the final error are written. */
export type LogFormat = 'text' | 'json';

/** The values of `--log-format`; `auto` is text on a terminal, JSON elsewhere. */
export const logFormats = ['auto', 'text', 'json'] as const;
type LogFormatSetting = (typeof logFormats)[number];

/** Returns the format that `setting` stands for where stderr is a terminal, or not. */
export function logFormatFor(setting: LogFormatSetting, isTerminal: boolean): LogFormat {
  if (setting !== 'auto') return setting;
  return isTerminal ? 'text' : 'json';
}

/**
 * Returns the format that `args` or `env` ask for, without judging either: for errors in the command line itself, which are found
 * before there is a configuration. A `--config` file is not read.
 */
export function guessLogFormat(
  args: string[],
  env: Record<string, string | undefined>,
  isTerminal: boolean,
): LogFormat {
  const flag = '--log-format';
  const at = args.findIndex((each) => each === flag || each.startsWith(`${flag}=`));
  const given = at < 0 ? env['K3V_LOG_FORMAT'] : args[at] === flag ? args[at + 1] : args[at]?.slice(flag.length + 1);
  return logFormatFor(logFormats.find((each) => each === given) ?? 'auto', isTerminal);
}
