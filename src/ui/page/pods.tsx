import { useState } from 'preact/hooks';
import type { ClusterFacts, PodSide } from '../page-data.ts';
import { type Model, type ShownPod, shownPods } from './model.ts';
import { ageOf, counted, toneOf } from './words.ts';

/** What a browser draws at once without being felt. */
const pageSize = 200;

/** Every pod, with its host pod beside it. */
export function Pods({ model, cluster, now }: { model: Model; cluster: ClusterFacts; now: number }) {
  const [words, setWords] = useState('');
  const [onlyTrouble, setOnlyTrouble] = useState(false);
  const [limit, setLimit] = useState(pageSize);
  const all = shownPods(model);
  const found = all.filter((pod) => (!onlyTrouble || pod.standing !== 'in sync') && matches(pod, words));
  const trouble = all.filter(({ standing }) => standing !== 'in sync').length;
  return (
    <section class="card pods" aria-labelledby="pods">
      <div class="card-head">
        <h2 id="pods">Pods</h2>
        <span class="count">
          {found.length === all.length
            ? counted(all.length, 'pod')
            : `${found.length} of ${counted(all.length, 'pod')}`}
        </span>
        <label class="check">
          <input
            type="checkbox"
            checked={onlyTrouble}
            onChange={(event) => setOnlyTrouble(event.currentTarget.checked)}
          />
          Only those not in sync ({trouble})
        </label>
        <input
          type="search"
          aria-label="Filter pods"
          placeholder="Filter: name, namespace, state, node…"
          value={words}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
      </div>
      {found.length > 0 ? (
        <div class="scroll">
          <Table pods={found.slice(0, limit)} cluster={cluster} now={now} />
        </div>
      ) : (
        <p class="empty">{all.length > 0 ? 'No pod is like that.' : 'There are no pods yet.'}</p>
      )}
      {found.length > limit && (
        <button type="button" class="more" onClick={() => setLimit(limit + pageSize)}>
          Show more: {found.length - limit} left
        </button>
      )}
    </section>
  );
}

function Table({ pods, cluster, now }: { pods: ShownPod[]; cluster: ClusterFacts; now: number }) {
  return (
    <table role="table">
      <thead role="rowgroup">
        <tr role="row">
          <th scope="colgroup" colSpan={3} class="virtual" role="columnheader">
            Virtual cluster
          </th>
          <th scope="colgroup" colSpan={3} class="host side" role="columnheader">
            Host <span class="dim">namespace {cluster.host.namespace}</span>
          </th>
          <th scope="col" rowSpan={2} class="number" role="columnheader">
            Age
          </th>
        </tr>
        <tr role="row">
          {['Pod', 'State', 'Ready'].map((name) => (
            <th scope="col" role="columnheader" key={name}>
              {name}
            </th>
          ))}
          {['Pod', 'State', 'Node'].map((name, index) => (
            <th scope="col" role="columnheader" class={index === 0 ? 'side' : ''} key={name}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {pods.map((pod) => (
          <Row pod={pod} now={now} key={pod.key} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ pod, now }: { pod: ShownPod; now: number }) {
  const { namespace, name, virtual, host, standing, why } = pod;
  const shown = virtual ?? host;
  return (
    <tr role="row" class={standing.replace(' ', '-')} data-pod={pod.key}>
      <th scope="row" role="rowheader" class="pod">
        <div>
          <Mark standing={standing} />
          <span class="name">
            <span class="dim">{namespace}/</span>
            {name}
          </span>
        </div>
      </th>
      <td role="cell" class="state-virtual">
        {virtual ? <State side={virtual} /> : <span class="dim">gone</span>}
      </td>
      <td role="cell" class="ready">
        {virtual?.ready}
      </td>
      {host ? (
        <>
          <td role="cell" class="side twin">
            <code>{host.name}</code>
            {why && <p class="why">{why}</p>}
          </td>
          <td role="cell" class="state-host">
            <State side={host} />
          </td>
          <td role="cell" class="node">
            {host.node || <span class="dim">none yet</span>}
          </td>
        </>
      ) : (
        <td role="cell" class="side twin none" colSpan={3}>
          {why ? <p class="why">{why}</p> : <span class="dim">not on the host {virtual?.node ? '' : 'yet'}</span>}
        </td>
      )}
      <td role="cell" class="number age">
        {shown && <time dateTime={shown.createdAt}>{ageOf(shown.createdAt, now)}</time>}
      </td>
    </tr>
  );
}

const marks = { 'in sync': '✓', pending: '…', refused: '✕', left: '–' } as const;
const meanings = {
  'in sync': 'in sync',
  pending: 'pending',
  refused: 'refused',
  left: 'no more in the virtual cluster, and about to be removed from the host',
} as const;

function Mark({ standing }: { standing: ShownPod['standing'] }) {
  return (
    <span class="mark" role="img" aria-label={meanings[standing]} title={meanings[standing]}>
      {marks[standing]}
    </span>
  );
}

function State({ side: { state, restarts } }: { side: PodSide }) {
  return (
    <>
      <span class={`state ${toneOf(state)}`}>{state}</span>
      {restarts > 0 && <span class="dim restarts"> {counted(restarts, 'restart')}</span>}
    </>
  );
}

function matches({ key, virtual, host, standing, why }: ShownPod, words: string): boolean {
  const text = [key, virtual?.state, host?.state, host?.name, host?.node, virtual?.node, standing, why]
    .join(' ')
    .toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
