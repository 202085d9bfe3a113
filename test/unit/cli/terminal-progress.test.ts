import { describe, expect, test } from 'vitest';
import { noPaint } from '../../../src/cli/paint.ts';
import { loggedProgress, terminalProgress } from '../../../src/cli/terminal-progress.ts';
import { createLogger } from '../../../src/log.ts';

/** A terminal and a clock; `screen()` is what a person sees of the lines. */
function terminal() {
  let text = '';
  const clock = { ms: 0 };
  const progress = terminalProgress({ isTTY: true, write: (chunk) => void (text += chunk) }, noPaint, () => clock.ms);
  const screen = () => text.split('\n').map((line) => line.split('\u001b[K').at(-1));
  return { progress, clock, screen, written: () => text };
}

describe('progress on a terminal', () => {
  test('ends each step with one line that has its time', () => {
    const { progress, clock, screen } = terminal();
    const step = progress.step('building kine');
    clock.ms = 12_340;
    step.done('v0.16.3');
    expect(screen()).toEqual(['✓   12.3s  building kine  v0.16.3', '']);
  });

  test('marks a step that failed', () => {
    const { progress, screen } = terminal();
    progress.step('host').fail();
    expect(screen()).toEqual(['✗    0.0s  host  failed', '']);
  });

  test('draws a bar of what is done', () => {
    const { progress, clock, screen } = terminal();
    const step = progress.step('downloading k3s');
    clock.ms = 1_000;
    step.update({ done: 30_000_000, total: 60_000_000, unit: 'bytes' });
    expect(screen().at(-1)).toContain(`[${'#'.repeat(12)}${'-'.repeat(12)}] 30.0 MB of 60.0 MB`);
  });

  test('draws no bar while the total is unknown', () => {
    const { progress, clock, screen } = terminal();
    const step = progress.step('building');
    clock.ms = 1_000;
    step.update({ done: 7, total: 0, unit: 'items' });
    expect(screen().at(-1)).toMatch(/building {3}7/);
    expect(screen().at(-1)).not.toContain('[');
  });

  test('never draws a bar longer than full', () => {
    const { progress, clock, screen } = terminal();
    const step = progress.step('building');
    clock.ms = 1_000;
    step.update({ done: 9, total: 3, unit: 'items' });
    expect(screen().at(-1)).toContain(`[${'#'.repeat(24)}]`);
  });

  test('draws at most ten times a second', () => {
    const { progress, clock, written } = terminal();
    const step = progress.step('downloading');
    for (clock.ms = 0; clock.ms < 1_000; clock.ms++) step.update({ done: clock.ms, total: 1_000, unit: 'bytes' });
    expect(written().split('\r').length).toBeLessThanOrEqual(12);
  });

  test('keeps what changes within the line, and tells the whole in the end', () => {
    let written = '';
    const narrow = { isTTY: true, columns: 40, write: (chunk: string) => void (written += chunk) };
    const step = terminalProgress(narrow, noPaint, () => 0).step('cluster k3k-example-cluster/example-cluster');
    step.note('Provisioning');
    expect(written.split('\u001b[K').map((line) => line.replace('\r', '').length)).toEqual([0, 39, 39]);
    expect(written).toMatch(/cluster k3k-example-cluster…$/);
    narrow.columns = 80;
    step.note('Provisioning');
    expect(written).toMatch(/example-cluster {2}Provisioning$/);
    narrow.columns = 40;
    step.done('v1.36.3');
    expect(written).toMatch(/✓ {4}0\.0s {2}cluster k3k-example-cluster\/example-cluster {2}v1\.36\.3\n$/);
  });

  test('shows a note beside the title', () => {
    const { progress, screen } = terminal();
    progress.step('building').note('k8s.io/api');
    expect(screen().at(-1)).toContain('building  k8s.io/api');
  });

  test('says nothing more of a step that has ended', () => {
    const { progress, clock, written } = terminal();
    const step = progress.step('host');
    step.done();
    const before = written();
    clock.ms = 9_000;
    step.note('late');
    step.update({ done: 1, total: 1, unit: 'items' });
    step.fail();
    step.done();
    expect(written()).toBe(before);
  });
});

test('progress in a service is one log line per step', () => {
  const lines: string[] = [];
  const log = createLogger({ format: 'json', level: 'info', destination: { write: (line) => lines.push(line) } });
  let ms = 0;
  const step = loggedProgress(log, () => ms).step('host');
  step.update({ done: 1, total: 2, unit: 'items' });
  ms = 250;
  step.done('v1.36.3');
  step.fail();
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ msg: 'step done', step: 'host', ms: 250, detail: 'v1.36.3' }),
  ]);
});
