import { describe, expect, it } from 'vitest';
import { guideSteps, matchesGuide, steadyLine } from '../../support/console-blocks.ts';

describe('the steps of a guide', () => {
  it('are commands with their output, in the order of the page, and Ctrl-C', () => {
    const page = [
      '# Guide',
      '$ not a command',
      '```console until="is up"',
      '$ serve --all',
      'it is up',
      '```',
      '```console',
      '$ first',
      '$ second \\',
      '  --more',
      'said',
      '',
      'and more',
      "$ third -f - <<'EOF'",
      '$ is no command',
      'EOF',
      '```',
      '```',
      '$ neither is this',
      '```',
      '<!-- Ctrl-C -->',
    ].join('\n');
    expect(guideSteps(page)).toEqual([
      { kind: 'start', command: 'serve --all', output: ['it is up'], line: 4, until: 'is up' },
      { kind: 'run', command: 'first', output: [], line: 8 },
      { kind: 'run', command: 'second \\\n  --more', output: ['said', '', 'and more'], line: 9 },
      { kind: 'run', command: "third -f - <<'EOF'\n$ is no command\nEOF", output: [], line: 14 },
      { kind: 'interrupt', line: 21 },
    ]);
  });
});

describe('a line of output', () => {
  it.each([
    ['pod/web-847fc6ddc9-f4nlf   1/1   Running   0   97s', 'pod/web-d7f67847b-z766k 1/1 Running 0 2m3s'],
    ['service/web  ClusterIP  10.96.244.157  <none>  80/TCP  53s', 'service/web ClusterIP 10.97.1.1 <none> 80/TCP 0s'],
    ['✓   10.5s  starting', '✓    0.3s  starting'],
    ['10:54:20 info  up  version=v1.36.3', '23:00:01 info  up  version=v1.37.0'],
    ['web-default-jsljzra422', 'web-default-oya3ja33cs'],
    ['coredns-7d766db4b6-jrhhh-kube-system-oya3ja33cs', 'coredns-7d8f9c4b5x-xkz9p-kube-system-hainqun4bu'],
    ['pod/web-847fc6ddc9-f4nlf 1/1', 'pod/web-847fc6ddc9-28s4m 1/1'],
    ['pod/web-847fc6ddc9-f4nlf 1/1', 'pod/web-655688794f-tgbk6 1/1'],
    [
      'operator-659978bcdf-s7m6x_be5233fe-7937-4903-a2a6-4487172ea49a 1s',
      'operator-659978bcdf-5vpgm_0a0b0c0d-0000-4903-a2a6-4487172ea49a 3m2s',
    ],
    ['to /home/me/before-restore-20261129T105500Z-9aa5', 'to /home/me/before-restore-20270101T000000Z-0000'],
  ])('%s says the same as %s', (one, other) => {
    expect(steadyLine(one)).toBe(steadyLine(other));
  });

  it.each([
    ['pod/web-847fc6ddc9-f4nlf 1/1 Running 0', 'pod/web-847fc6ddc9-f4nlf 0/1 Pending 0'],
    ['service/web', 'service/api'],
    ['in sync yes', 'in sync no'],
  ])('%s does not say the same as %s', (one, other) => {
    expect(steadyLine(one)).not.toBe(steadyLine(other));
  });
});

describe('what a guide shows', () => {
  it.each([
    [[], [], true],
    [['a'], [], false],
    [['a', 'b', 'c'], ['a', '…', 'c'], true],
    [['a', 'c'], ['a', '…', 'c'], true],
    [['a', 'b'], ['a', '…'], true],
    [['x', 'a'], ['…', 'a'], true],
    [['a', 'b'], ['a'], false],
    [['a'], ['a', 'b'], false],
    [['b', 'a'], ['a', '…', 'b'], false],
  ])('%j, of which it shows %j: %s', (output, shown, expected) => {
    expect(matchesGuide(output, shown)).toBe(expected);
  });
});
