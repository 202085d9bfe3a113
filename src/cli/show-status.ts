import { type Paint, noPaint } from './paint.ts';
import { type Status, maxNamed } from './status.ts';

type Kind = Status['kinds'][number];

const columns = ['VIRTUAL', 'HOST', 'IN SYNC', 'PENDING', 'REFUSED'];
const nameWidth = 32;
const numberWidth = 9;

/** Returns `status` as a person reads it. */
export function showStatus(status: Status, paint: Paint = noPaint): string {
  const { host, replica, forbidden, kinds } = status;
  const lines = [
    `k3v is up (pid ${status.pid}, since ${status.startedAt})`,
    `  distro      ${status.distro} ${status.version}`,
    `  datastore   ${status.datastore}`,
    `  host        ${host.server} ${host.version}${host.simulated ? ' (simulated pods)' : ''}`,
    `  namespace   ${host.namespace}, id ${status.id}`,
    `  kubeconfig  ${status.kubeconfig}`,
    `  in sync     ${inSync(status, paint)}`,
    ...(replica ? [`  replica     ${showReplica(replica)}`] : []),
    ...(status.manifests && !follows(status) ? manifestLines(status.manifests, paint) : []),
    `  forbidden   ${forbidden.length > 0 ? `${forbidden.join(', ')} (optional)` : 'nothing'}`,
    '',
    paint.bold(`  ${'KIND'.padEnd(nameWidth)}${columns.map((title) => title.padStart(numberWidth)).join('')}`),
    ...kinds.flatMap((kind) => kindLines(kind, { follows: follows(status), paint })),
  ];
  return `${lines.join('\n')}\n`;
}

/** Who follows knows what there is, and nothing of what is still to be done. */
function follows({ replica }: Status): boolean {
  return replica !== undefined && !replica.leads;
}

function inSync(status: Status, { green, yellow, red }: Paint): string {
  if (!status.synced) return yellow('not yet');
  if (follows(status)) return 'the leader knows';
  const sum = (count: (kind: Kind) => number) => status.kinds.reduce((all, kind) => all + count(kind), 0);
  const [pending, refused] = [sum((kind) => kind.pending), sum((kind) => kind.refused)];
  if (pending + refused === 0) return green('yes');
  const parts = [
    ...(pending > 0 ? [yellow(`${pending} pending`)] : []),
    ...(refused > 0 ? [red(`${refused} refused`)] : []),
  ];
  return `but for ${parts.join(', ')}`;
}

function kindLines(kind: Kind, { follows: isFollower, paint }: { follows: boolean; paint: Paint }): string[] {
  const { plural, virtual, host, pending, refused, failing } = kind;
  const shown = Object.entries(failing);
  const unnamed = pending + refused - shown.length;
  const cell = (text: string | number) => String(text).padStart(numberWidth);
  const marked = (count: number, mark: (text: string) => string) => (count > 0 ? mark(cell(count)) : cell(count));
  const standing = isFollower
    ? [cell('-'), cell('-'), cell('-')]
    : [cell(kind.inSync), marked(pending, paint.yellow), marked(refused, paint.red)];
  return [
    `  ${plural.padEnd(nameWidth)}${cell(virtual)}${cell(host)}${standing.join('')}`,
    ...shown.map(
      ([key, { reason, message }]) => `    ${key}: ${reason === undefined ? '' : `${reason}: `}${oneLine(message)}`,
    ),
    ...(shown.length > 0 && unnamed > 0 ? [`    and ${unnamed} more`] : []),
  ];
}

function manifestLines(manifests: NonNullable<Status['manifests']>, { green, yellow, red }: Paint): string[] {
  const { total, waiting, broken } = manifests;
  const missing = Object.entries(waiting);
  const standing = missing.length === 0 ? green(`all ${total} in place`) : yellow(`${missing.length} of ${total} wait`);
  return [
    `  manifests   ${standing}`,
    ...missing.slice(0, maxNamed).map(([object, why]) => `    ${object}: ${oneLine(why)}`),
    ...(missing.length > maxNamed ? [`    and ${missing.length - maxNamed} more`] : []),
    ...(broken === undefined ? [] : [`    ${red(`as before, as they have changed, and ${oneLine(broken)}`)}`]),
  ];
}

/** What a host says may hold anything, also what a terminal takes for a command. */
function oneLine(message: string): string {
  return message.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
}

function showReplica({ identity, leads, leader = 'nobody yet' }: NonNullable<Status['replica']>): string {
  return `${identity}, ${leads ? 'leads' : `follows ${leader}`}`;
}
