/** Returns the options of `spawn` for a working directory and further variables; those in `envDefaults` yield to the environment. */
export function childEnvironment({
  cwd,
  env,
  envDefaults,
}: {
  cwd?: string | undefined;
  env?: Readonly<Record<string, string>> | undefined;
  envDefaults?: Readonly<Record<string, string>> | undefined;
}) {
  return {
    ...(cwd === undefined ? {} : { cwd }),
    // What a child gets anyway; `spawn` has no way to add to it.
    // oxlint-disable-next-line node/no-process-env
    ...(env || envDefaults ? { env: { ...envDefaults, ...process.env, ...env } } : {}),
  };
}
