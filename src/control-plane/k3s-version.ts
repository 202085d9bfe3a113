/** What `k3s --version` says of itself. */
export interface K3sVersion {
  /** For example `v1.36.1+k3s1`. */
  text: string;
  minor: number;
}

/** The oldest k3s that k3v drives is v1.28: from then on `controllers=` takes the names k3v uses. */
export const oldestK3sMinor = 28;

/** Returns the version in the output of `k3s --version`, or undefined when it is not that of a k3s 1.x. */
export function parseK3sVersion(output: string): K3sVersion | undefined {
  const [, text, minor] = /^k3s version (v1\.(\d+)\.\d+\S*)/m.exec(output) ?? [];
  return text === undefined ? undefined : { text, minor: Number(minor) };
}
