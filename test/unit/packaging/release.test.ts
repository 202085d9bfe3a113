import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '../../..');
const workflows = join(root, '.github/workflows');

interface Workflow {
  permissions: unknown;
  jobs: Record<string, { steps: { run?: string; uses?: string }[] }>;
}

describe('the version', () => {
  it('is the same of k3v, of the lock file, of the chart and of its image, as npm run raise-version leaves them', () => {
    const { version } = manifest;
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: object };
    expect(lock).toMatchObject({ version, packages: { '': { version } } });
    expect(parse(readFileSync(join(root, 'charts/k3k/Chart.yaml'), 'utf8'))).toMatchObject({
      version,
      appVersion: version,
    });
    const { jobs } = parse(readFileSync(join(workflows, 'release.yml'), 'utf8')) as {
      jobs: Record<string, { steps: { with?: { version?: string } }[] }>;
    };
    const raised = jobs['version']?.steps.flatMap(({ with: { version: by } = {} }) => by ?? []);
    expect(raised).toEqual(['npm run raise-version']);
  });
});

describe('the change log', () => {
  it('tells what is new in this version', () => {
    expect(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')).toMatch(
      new RegExp(`^## ${manifest.version.replaceAll('.', '\\.')}\n\n\\S`, 'm'),
    );
  });
});

describe.each(readdirSync(workflows))('the workflow %s', (file) => {
  const workflow = parse(readFileSync(join(workflows, file), 'utf8')) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  it('runs only scripts that there are', () => {
    const scripts = steps.flatMap(({ run = '' }) => [...run.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name));
    expect(scripts.filter((name) => !(name && name in manifest.scripts))).toEqual([]);
  });

  it('gives no job more rights than it asks for, and takes actions of one major version', () => {
    expect(workflow.permissions).toBeDefined();
    expect(steps.filter(({ uses }) => uses && !/@v\d+$/.test(uses))).toEqual([]);
  });
});
