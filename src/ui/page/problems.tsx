import type { ClusterFacts, Failing } from '../page-data.ts';

/** What is refused and what has to wait, of all kinds and of `--manifests`, and why. */
export function Problems({ cluster }: { cluster: ClusterFacts }) {
  const { kinds, manifests } = cluster;
  const groups = [...kinds, ...(manifests ? [{ plural: 'manifests', failing: manifests.failing }] : [])];
  const failing = groups.flatMap((group) => group.failing.map((each) => ({ ...each, plural: group.plural })));
  const known = kinds.reduce((all, kind) => all + kind.pending + kind.refused, manifests?.waiting ?? 0);
  const sorted = failing.toSorted((a, b) => Number(b.isRefused) - Number(a.isRefused));
  return (
    <section class="card problems" aria-labelledby="problems">
      <div class="card-head">
        <h2 id="problems">Refused and pending</h2>
      </div>
      {sorted.length > 0 ? (
        <ul>
          {sorted.map((each) => (
            <Problem problem={each} key={`${each.plural} ${each.key}`} />
          ))}
        </ul>
      ) : (
        <p class="empty">
          <span class="big-mark">✓</span> {known > 0 ? `${known} wait for their turn.` : 'Everything is in sync.'}
        </p>
      )}
      {sorted.length > 0 && known > sorted.length && <p class="dim rest">and {known - sorted.length} more</p>}
    </section>
  );
}

function Problem({ problem: { plural, key, isRefused, reason, message } }: { problem: Failing & { plural: string } }) {
  return (
    <li>
      <span class={`pill ${isRefused ? 'bad' : 'busy'}`}>{isRefused ? 'refused' : 'pending'}</span>
      <div>
        <p>
          <span class="dim">{plural}</span> <strong class="name">{key}</strong>
        </p>
        <p class="why">
          {reason && <b>{reason}: </b>}
          {message}
        </p>
      </div>
    </li>
  );
}
