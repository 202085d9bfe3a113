import { expect, test } from 'vitest';
import { docCommands, namedCommands, namelessBlocks } from '../../support/doc-commands.ts';
import { shellWords, simpleCommands } from '../../support/shell-words.ts';

const page = `
\`\`\`console
$ k3v status  # a comment
k3v is up
$ kubectl get pods
\`\`\`

Then \`kubectl get nodes\`, or \`k3v … | cat\`, or \`k3v status [-o json]\`.

\`\`\`sh
npm test        # all of it

npm run check
\`\`\`
\`\`\`
$ who knows
\`\`\`
`;

test('commands are found in blocks of console and sh, without comments and outputs, in order', () => {
  expect(docCommands(page)).toEqual([
    { command: 'k3v status', line: 3, isPlayed: true },
    { command: 'kubectl get pods', line: 5, isPlayed: true },
    { command: 'npm test', line: 11, isPlayed: false },
    { command: 'npm run check', line: 13, isPlayed: false },
  ]);
});

test('a block that does not say what it is is found', () => {
  expect(namelessBlocks(page)).toEqual([15]);
});

test('commands in the text are found, and patterns of them are not', () => {
  expect(namedCommands(page)).toEqual([{ command: 'kubectl get nodes', line: 8 }]);
});

test('words are split and quotes taken off as by a shell', () => {
  expect(shellWords(`kubectl get -o jsonpath='{.a b}' --x="a b" c`)).toEqual([
    'kubectl',
    'get',
    '-o',
    'jsonpath={.a b}',
    '--x=a b',
    'c',
  ]);
  expect(simpleCommands('k3v host-role --namespace a | kubectl apply -f - > out')).toEqual([
    'k3v host-role --namespace a',
    'kubectl apply -f -',
  ]);
});
