import { type KubeObject, keyOf } from '../../src/kube/types.ts';
import { type Translator, marks } from '../../src/translate/translator.ts';
import { type AuditResult, createAuditResult } from './audit-result.ts';
import type { BothWorlds } from './both-worlds.ts';
import { checkControllers } from './check-controllers.ts';
import { checkLedger } from './check-ledger.ts';
import type { ChurnLedger } from './churn-ledger.ts';
import { matchCrossing } from './crossing-rules.ts';

/** What besides the two worlds an audit holds them against. */
export interface AuditGround {
  translator: Translator;
  /** What the virtual API server confirmed. */
  ledger?: ChurnLedger | undefined;
  /** Plurals in the ledger that the fault may have ended, such as `pods` where the host deletes them. */
  except?: string[] | undefined;
}

/** Compares both worlds object by object. Pure. */
export function compareWorlds(worlds: BothWorlds, { translator, ledger, except }: AuditGround): AuditResult {
  const result = createAuditResult();
  const known = new Set<KubeObject>(matchCrossing(worlds, translator, result));
  const { virtual, host } = worlds;
  const hostServices = new Set(host.services.map(({ metadata }) => metadata.name));
  for (const [plural, objects] of Object.entries(host)) {
    for (const object of objects) {
      if (known.has(object)) continue;
      // The host's own controller gives them the labels of their Service.
      const isControllers = plural === 'endpoints' && !object.metadata.annotations?.[marks.ownerKind];
      if (isControllers && hostServices.has(object.metadata.name)) continue;
      result.orphaned.push(`host ${plural} ${object.metadata.name}: says of no kind that crosses that it is its owner`);
    }
  }
  checkVolumes(worlds, result);
  for (const [side, objects] of [
    ['virtual', virtual],
    ['host', host],
  ] as const) {
    for (const [plural, list] of Object.entries(objects)) {
      for (const object of list) {
        const { deletionTimestamp, finalizers } = object.metadata;
        if (deletionTimestamp) {
          result.finalizing.push(
            `${side} ${plural} ${keyOf(object)}: since ${deletionTimestamp}, ${finalizers?.join() ?? 'no finalizers'}`,
          );
        }
      }
    }
  }
  checkControllers(worlds, result);
  if (ledger) checkLedger(worlds, ledger, result, except);
  return result;
}

/** Each bound claim of the tenant has its volume, and no volume stands in for a claim that is gone. */
function checkVolumes({ virtual }: Pick<BothWorlds, 'virtual'>, result: AuditResult): void {
  const volumes = new Map(virtual.volumes.map((volume) => [volume.metadata.name, volume]));
  const claims = new Set(virtual.claims.map(({ metadata }) => metadata.uid));
  for (const claim of virtual.claims) {
    const name = claim.spec?.volumeName;
    if (!name) continue;
    const volume = volumes.get(name);
    if (!volume) result.lost.push(`PersistentVolume ${name} of claim ${keyOf(claim)}`);
    else if (volume.spec?.claimRef?.uid !== claim.metadata.uid) {
      result.different.push(`PersistentVolume ${name}: is not of its claim ${keyOf(claim)}`);
    }
  }
  for (const { metadata, spec } of virtual.volumes) {
    if (!claims.has(spec?.claimRef?.uid)) result.orphaned.push(`PersistentVolume ${metadata.name}: its claim is gone`);
  }
}
