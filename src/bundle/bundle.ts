/** What the packaged k3v carries behind its own program, in the same file. */
export interface Bundle {
  /** Path of that file. */
  file: string;
  /** Where it runs, for example `linux-x64`. */
  target: string;
  /** Byte of the file at which the parts begin. */
  begin: number;
  /** Folder in which whoever installed it has unpacked parts, by the names of `partFolder`; see `writeK3vImage`. */
  unpacked?: string | undefined;
  parts: readonly BundledPart[];
}

/** Files that are unpacked together: compressed with zstd, one behind the other. */
export interface BundledPart {
  /** `level`: LevelDB's addon; `licences`: the licences of all that is carried; `kubernetes`: the upstream control plane; `embedded-host`: what its host needs besides; `k3s`. */
  name: 'level' | 'licences' | 'kubernetes' | 'embedded-host' | 'k3s';
  /** Of what is in it, for example `v1.36.3`. */
  version: string;
  /** Bytes between the begin of all parts and this one. */
  offset: number;
  /** Bytes in the packaged file. */
  length: number;
  /** Of these bytes, as hex digits. */
  sha256: string;
  files: readonly BundledFile[];
}

export interface BundledFile {
  name: string;
  /** Unpacked, in bytes. */
  size: number;
  mode: number;
}

/** Returns the part of that name, if the file carries it. */
export function bundledPart(bundle: Bundle, name: BundledPart['name']): BundledPart | undefined {
  return bundle.parts.find((part) => part.name === name);
}

/** Returns the distro of the control plane that the file carries, if it carries one. */
export function bundledDistro(bundle: Bundle | undefined): 'k3s' | 'kubernetes' | undefined {
  return (['k3s', 'kubernetes'] as const).find((name) => bundle && bundledPart(bundle, name) !== undefined);
}
