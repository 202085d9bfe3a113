import type { Bundle, BundledPart } from '../../src/bundle/bundle.ts';

/** Put in by the bundler: JSON of the target and the parts. */
declare const K3V_BUNDLE: string;
/** The begin of the parts, which is known only once the file is made: digits are then written over it. */
declare const K3V_PARTS_BEGIN: string;

const { target, parts }: { target: string; parts: BundledPart[] } = JSON.parse(K3V_BUNDLE);

/** What this very file carries. */
export const thisBundle: Bundle = {
  file: process.execPath,
  target,
  unpacked: process.env['K3V_UNPACKED'],
  begin: Number(/\d+$/.exec(K3V_PARTS_BEGIN)?.[0]),
  parts,
};
