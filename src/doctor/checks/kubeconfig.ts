import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Kubeconfig, currentOf } from '../../kube/kubeconfig.ts';
import type { Check } from '../check.ts';
import { type Finding, fail, ok, warn } from '../finding.ts';

const soonMs = 7 * 86_400_000;

/** Which kubeconfig leads to the host, and how long the client certificate in it is good. */
export const kubeconfigCheck: Check = {
  name: 'kubeconfig',
  async run({ config, kubeconfig }) {
    const found = kubeconfig();
    if (!found && config.host === 'embedded') return [ok('none is needed for --host embedded')];
    if (!found) {
      const what = 'none was given or found: k3v would start a throw-away host, whose pods do not really run';
      return [warn(what, 'Name that of the host with --kubeconfig, or say --host embedded.')];
    }
    const { cluster } = currentOf(found.config);
    const about = ok(`${found.source}, context ${found.config.currentContext}: ${cluster?.server}`);
    return [about, ...(await certificateFindings(found.config))];
  },
};

async function certificateFindings(config: Kubeconfig): Promise<Finding[]> {
  const { user } = currentOf(config);
  const pem = user?.certData ? Buffer.from(user.certData, 'base64') : user?.certFile && (await readFile(user.certFile));
  if (!pem) return [];
  const { validToDate } = new X509Certificate(pem);
  const leftMs = validToDate.getTime() - Date.now();
  const end = validToDate.toISOString();
  if (leftMs <= 0) return [fail(`the client certificate in it ended at ${end}`, 'Get a new kubeconfig for the host.')];
  const todo = 'Get a new one in time: k3v reads the file again while it runs.';
  return leftMs < soonMs ? [warn(`the client certificate in it ends at ${end}`, todo)] : [];
}
