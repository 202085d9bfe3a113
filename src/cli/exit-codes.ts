/** The codes that k3v ends with where it is not ended by a signal. */
export const exitCode = {
  done: 0,
  /** A K3vError, or a check of `k3v doctor` that failed. */
  refused: 1,
  /** EX_SOFTWARE of sysexits.h. */
  bug: 70,
} as const;

/** Every exit code, with when it is given. */
export const exitCodes: readonly { code: string; when: string }[] = [
  { code: String(exitCode.done), when: 'done, or stopped by the first Ctrl-C, SIGTERM or SIGHUP' },
  {
    code: String(exitCode.refused),
    when: 'an error with a code and a hint, that you can do something about; of k3v doctor: something does not work',
  },
  { code: String(exitCode.bug), when: 'a bug in k3v, shown with its stack' },
  { code: '128+n', when: 'stopped at once by a second signal of number n, as 130 by a second Ctrl-C' },
];
