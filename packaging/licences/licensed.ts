/** Something that is passed on with k3v. */
export interface Licensed {
  /** With its version, for example `yaml 2.9.0`. */
  name: string;
  /** The texts that come with it. */
  texts: readonly string[];
  /** An SPDX expression, where its own manifest says one. */
  licence?: string;
}
