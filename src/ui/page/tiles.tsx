import type { ClusterFacts, LatencySample } from '../page-data.ts';
import { summaryOf } from './model.ts';
import { durationOf } from './words.ts';

/** The figures to see at a glance. */
export function Tiles({ cluster, samples }: { cluster: ClusterFacts; samples: readonly LatencySample[] }) {
  const sum = (count: 'inSync' | 'virtual' | 'pending' | 'refused') =>
    cluster.kinds.reduce((all, kind) => all + kind[count], 0);
  const [pending, refused] = [sum('pending'), sum('refused')];
  const [toHost, toVirtual] = [summaryOf(samples, 'toHost'), summaryOf(samples, 'toVirtual')];
  return (
    <section class="tiles" aria-label="Overview">
      <Tile
        name="In sync"
        value={sum('inSync').toLocaleString('en')}
        note={`of ${sum('virtual').toLocaleString('en')} objects`}
        tone="good"
      />
      <Tile name="Pending" value={String(pending)} note="wait for their turn" tone={pending > 0 ? 'busy' : 'none'} />
      <Tile name="Refused" value={String(refused)} note="need a change" tone={refused > 0 ? 'bad' : 'none'} />
      <Tile name="New pod to host" value={toHost ? durationOf(toHost.median) : '–'} note="median" tone="host" />
      <Tile
        name="Status to virtual"
        value={toVirtual ? durationOf(toVirtual.median) : '–'}
        note="median"
        tone="virtual"
      />
    </section>
  );
}

function Tile({ name, value, note, tone }: { name: string; value: string; note: string; tone: string }) {
  return (
    <div class={`tile ${tone}`}>
      <h2>{name}</h2>
      <p>
        <strong>{value}</strong> <small>{note}</small>
      </p>
    </div>
  );
}
