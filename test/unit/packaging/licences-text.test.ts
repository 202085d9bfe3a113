import { describe, expect, it } from 'vitest';
import { goPackages } from '../../../packaging/licences/go-licences.ts';
import { isLicenceFile } from '../../../packaging/licences/licence-files.ts';
import { licencesText } from '../../../packaging/licences/licences-text.ts';

describe('a file with a licence', () => {
  it.each([
    'LICENSE',
    'LICENCE',
    'license.md',
    'LICENSE-MIT.txt',
    'LICENSE.libyaml',
    'MIT-LICENSE.txt',
    'SQLITE-LICENSE',
    'UNLICENSE',
    'COPYING',
    'NOTICE',
    'NOTICE.txt',
    'PATENTS',
    'THIRD_PARTY_NOTICES.txt',
    'Copyright',
  ])('%s is told by its name', (name) => expect(isLicenceFile(name)).toBe(true));

  it.each([
    'license.go',
    'licenses.json',
    'README.md',
    'notice_test.go',
    'relicense',
    'copyright.js',
    'noticeboard.md',
  ])('%s is none', (name) => expect(isLicenceFile(name)).toBe(false));
});

describe('the text of all licences', () => {
  const text = licencesText('Own\n', [
    { name: 'a 1', texts: ['MIT License\r\n\r\nPermission   \n'] },
    { name: 'b 2', texts: ['MIT  License\nPermission', 'Notice of b'] },
    { name: 'c 3', texts: [], licence: 'ISC' },
    { name: 'd 4', texts: [] },
  ]);

  it('names all that have the same above it, and has it once', () => {
    expect(text).toContain('\n\na 1\nb 2\n\nMIT License\n\nPermission\n\n');
    expect(text.match(/Permission/g)).toHaveLength(1);
  });

  it('begins with that of k3v, and has each of several', () => {
    expect(text).toMatch(/^k3v is under [^\n]+\n\n-+\n\nOwn\n\n-/);
    expect(text).toContain('\n\nb 2\n\nNotice of b\n\n');
  });

  it('says of what comes without one what its manifest says', () => {
    expect(text).toMatch(/say of themselves:\n\nc 3: ISC\nd 4: no licence is told\n$/);
  });
});

it('what go lists is read: packages of a module, and of the standard library', () => {
  expect(goPackages('/go/src/fmt\t\n/mod/x@v1/a\tx\tv1\t/mod/x@v1\n')).toEqual([
    { folder: '/go/src/fmt' },
    { folder: '/mod/x@v1/a', module: { name: 'x', version: 'v1', folder: '/mod/x@v1' } },
  ]);
});
