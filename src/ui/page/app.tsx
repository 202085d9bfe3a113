import type { Link } from './connection.ts';
import { Header } from './header.tsx';
import { Kinds } from './kinds.tsx';
import { Latency } from './latency.tsx';
import type { Model } from './model.ts';
import { Pods } from './pods.tsx';
import { Problems } from './problems.tsx';
import { Tiles } from './tiles.tsx';

export function App({ model, link, now }: { model: Model; link: Link; now: number }) {
  if (link === 'refused') return <Refused />;
  const { cluster } = model;
  return (
    <>
      <Header cluster={cluster} running={model.running} link={link} now={now} />
      <main>
        <Notices model={model} link={link} />
        {cluster ? (
          <>
            <Tiles cluster={cluster} samples={model.samples} />
            <Pods model={model} cluster={cluster} now={now} />
            <div class="columns">
              <Problems cluster={cluster} />
              <Latency samples={model.samples} now={now} />
            </div>
            <Kinds cluster={cluster} />
          </>
        ) : (
          <p class="empty">{link === 'live' ? 'No k3v has run here yet.' : 'Connecting…'}</p>
        )}
      </main>
    </>
  );
}

function Notices({ model: { cluster, running, unreachable }, link }: { model: Model; link: Link }) {
  const notices = [
    ...(link === 'lost' ? ['k3v ui does not answer. What is shown here is what it said last.'] : []),
    ...(cluster && !running ? ['k3v does not run on this data directory. Its pods keep running on the host.'] : []),
    ...(cluster && !cluster.leads ? ['Another k3v leads. What is pending or refused is known to that one.'] : []),
    ...(cluster?.manifests?.broken === undefined
      ? []
      : [`The files of --manifests have changed, and cannot be used: ${cluster.manifests.broken}`]),
    ...unreachable,
  ];
  return (
    <div role="status">
      {notices.map((text) => (
        <p class="notice" key={text}>
          {text}
        </p>
      ))}
    </div>
  );
}

function Refused() {
  return (
    <main class="refused-page">
      <h1>This address is not complete</h1>
      <p>
        Open the whole address that <code>k3v ui</code> has printed, with all that is behind the <code>#</code>. It is
        good until that <code>k3v ui</code> ends; a new one prints a new one.
      </p>
    </main>
  );
}
