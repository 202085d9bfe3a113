import { chooseDistro } from '../../control-plane/distro-choice.ts';
import { readDistroRecord } from '../../control-plane/distro-record.ts';
import { pinnedK3sVersion } from '../../control-plane/k3s-release.ts';
import { kubernetesVersion } from '../../control-plane/kubernetes-programs.ts';
import { chooseKubernetes } from '../../control-plane/kubernetes-versions.ts';
import { K3vError } from '../../errors.ts';
import { kubernetesMinors } from '../../kubernetes-minors.ts';
import type { Check } from '../check.ts';
import type { Facts } from '../facts.ts';
import { NotTried, ok, warn } from '../finding.ts';

/** As docs/nodes.md says under "Versions". */
const mostApart = 2;

/** How far the versions of the host and of the virtual cluster are apart. */
export const versionsCheck: Check = {
  name: 'versions',
  async run(facts) {
    const virtual = await virtualVersion(facts);
    const { version: host } = await facts.host();
    const apart = minorOf(virtual) - minorOf(host);
    const about = `the virtual cluster is ${virtual}, the host ${host}`;
    if (Math.abs(apart) <= mostApart) return [ok(about)];
    const todo =
      apart > 0
        ? `Choose an older --kubernetes-version (k3v has ${kubernetesMinors.join(' and ')}), or upgrade the host.`
        : 'Use a newer k3v.';
    return [warn(`${about}: ${Math.abs(apart)} minor versions apart, and ${mostApart} are tested`, todo)];
  },
};

/** Returns what is going to run. That of k3s is what was last run, else the one that k3v downloads. */
async function virtualVersion({ config, dataDir }: Facts): Promise<string> {
  const { distro: asked, k3sBinary, kubernetesVersion: minor } = config;
  try {
    const recorded = await readDistroRecord(dataDir);
    const question = { asked, k3sBinary, kubernetesVersion: minor, recorded: recorded?.distro, dataDir };
    const [first] = chooseDistro(question).candidates;
    if (first === 'k3s') return recorded?.version || pinnedK3sVersion;
    return await kubernetesVersion(chooseKubernetes({ asked: minor, recorded: recorded?.version, dataDir }));
  } catch (error) {
    if (error instanceof K3vError) throw new NotTried('no control plane can be chosen', { cause: error });
    throw error;
  }
}

function minorOf(version: string): number {
  return Number(/^v1\.(\d+)/.exec(version)?.[1]);
}
