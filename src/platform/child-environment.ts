/** Returns the options of `spawn` for a working directory and further variables. */
export function childEnvironment({
  cwd,
  env,
}: {
  cwd?: string | undefined;
  env?: Readonly<Record<string, string>> | undefined;
}) {
  return {
    ...(cwd === undefined ? {} : { cwd }),
    // What a child gets anyway; `spawn` has no way to add to it.
    // oxlint-disable-next-line node/no-process-env
    ...(env === undefined ? {} : { env: { ...process.env, ...env } }),
  };
}
