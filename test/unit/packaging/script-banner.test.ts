import { fileURLToPath, pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { scriptBanner } from '../../../packaging/binary/bundle-script.ts';

it.each([
  { system: 'Linux and macOS', windows: false, path: '/k3v/k3v.cjs' },
  { system: 'Windows', windows: true, path: expect.stringMatching(/^[A-Z]:\\k3v\\k3v\.cjs$/) },
])('the address of the packaged script is one of a path on $system', ({ windows, path }) => {
  // As Node's own would be there; without a current drive it has none to put first.
  const url = { pathToFileURL: (from: string) => pathToFileURL(windows ? `C:${from}` : from, { windows }) };
  const address: unknown = runInNewContext(`${scriptBanner} K3V_SCRIPT_URL`, { require: () => url });
  expect(fileURLToPath(String(address), { windows })).toEqual(path);
});
