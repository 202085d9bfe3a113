import { bundledDistro, bundledPart } from '../../bundle/bundle.ts';
import { carriedKubernetes } from '../../bundle/bundled-programs.ts';
import { chooseDistro } from '../../control-plane/distro-choice.ts';
import { readDistroRecord } from '../../control-plane/distro-record.ts';
import { runGo } from '../../control-plane/go-tool.ts';
import { findK3sAtHand } from '../../control-plane/k3s-binary.ts';
import { pinnedK3sVersion } from '../../control-plane/k3s-release.ts';
import { kubernetesModule, newestKubernetes } from '../../control-plane/kubernetes-versions.ts';
import { moduleDirectory } from '../../control-plane/module-directory.ts';
import { K3vError } from '../../errors.ts';
import { silentLog } from '../../log.ts';
import { builtControlPlane } from '../built-control-plane.ts';
import type { Check } from '../check.ts';
import type { Facts } from '../facts.ts';
import { type Finding, fail, ok, skip, warn } from '../finding.ts';

/** Whether this machine has, or can have, the programs of the control plane: of each distro that k3v would try. */
export const controlPlaneCheck: Check = {
  name: 'control plane',
  async run(facts, signal) {
    const { config, dataDir, bundle } = facts;
    const bundled = bundledDistro(bundle);
    const recorded = await readDistroRecord(dataDir);
    const { candidates } = chooseDistro({
      asked: config.distro,
      k3sBinary: config.k3sBinary,
      kubernetesVersion: config.kubernetesVersion,
      recorded: recorded?.distro,
      bundled,
      dataDir,
    });
    // What is carried is there, and nothing else is tried.
    const tried = candidates[0] === bundled ? candidates.slice(0, 1) : candidates;
    const found = await Promise.all(
      tried.map(async (name) => (name === 'k3s' ? await k3s(facts, signal) : await kubernetes(facts, signal))),
    );
    // One is enough.
    const isFine = found.some(({ status }) => status !== 'fail');
    return found.map((each) => (each.status === 'fail' && isFine ? skip(each.what, each.todo) : each));
  },
};

async function k3s({ config: { k3sBinary }, cacheDir, bundle }: Facts, signal: AbortSignal): Promise<Finding> {
  const carried = bundle && bundledPart(bundle, 'k3s');
  if (carried && k3sBinary === undefined) return ok(`k3s ${carried.version}: the packaged k3v carries it`);
  try {
    const atHand = await findK3sAtHand({ k3sBinary, cacheDir, log: silentLog }, signal);
    if (atHand) return ok(`k3s ${atHand.version.text}: ${atHand.source}`);
    const todo = 'Nothing, where github.com is reached; else put k3s on PATH, or name it with --k3s-binary.';
    return warn(`k3s ${pinnedK3sVersion} is downloaded at the first start`, todo);
  } catch (error) {
    return failure(error);
  }
}

async function kubernetes(facts: Facts, signal: AbortSignal): Promise<Finding> {
  try {
    const { bundle, config } = facts;
    if (bundle) {
      const { version } = carriedKubernetes(bundle, config.kubernetesVersion ?? newestKubernetes);
      return ok(`kubernetes ${version}: the packaged k3v carries it`);
    }
    if (await builtControlPlane(facts)) return ok(`the kubernetes distro is built, in ${facts.cacheDir}`);
    const moduleDir = await moduleDirectory(kubernetesModule(facts.config.kubernetesVersion ?? newestKubernetes));
    await runGo({ moduleDir, cgo: false, signal }, ['list', '-m']);
    const todo = 'Nothing, where the Go modules can be fetched (go env GOPROXY).';
    return warn('the kubernetes distro is built at the first start, which takes minutes; go is there', todo);
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): Finding {
  if (error instanceof K3vError) return fail(error.message, error.hint ?? 'Choose another --distro.');
  throw error;
}
