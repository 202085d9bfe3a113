import type { ClusterFacts } from '../page-data.ts';
import type { Link } from './connection.ts';
import { ageOf } from './words.ts';

export function Header(props: { cluster: ClusterFacts | undefined; running: boolean; link: Link; now: number }) {
  const { cluster, running, link, now } = props;
  const isLive = link === 'live';
  return (
    <header>
      <div class="title">
        <Logo />
        <h1>k3v {cluster && <span class="id">{cluster.id}</span>}</h1>
        {cluster && (
          <span class={`pill ${running ? 'good' : 'bad'}`}>
            {running ? `up for ${ageOf(cluster.startedAt, now)}` : 'not running'}
          </span>
        )}
        <span class={`link ${isLive ? 'live' : ''}`}>{isLive ? 'live' : link === 'lost' ? 'reconnecting' : '…'}</span>
      </div>
      {cluster && (
        <dl>
          <Fact name="Control plane">
            {cluster.distro} {cluster.version}
          </Fact>
          <Fact name="Host">
            {cluster.host.server.replace('https://', '')} {cluster.host.version}
            {cluster.host.simulated && ' (simulated pods)'}
          </Fact>
          <Fact name="Host namespace">{cluster.host.namespace}</Fact>
          <Fact name="Datastore">{cluster.datastore}</Fact>
          <Fact name="Since">
            <time dateTime={cluster.startedAt}>{new Date(cluster.startedAt).toLocaleString()}</time>
          </Fact>
          {cluster.forbidden.length > 0 && <Fact name="Forbidden, optional">{cluster.forbidden.join(', ')}</Fact>}
        </dl>
      )}
    </header>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Two that overlap, in the colours of the two sides. */
function Logo() {
  return (
    <svg class="logo" viewBox="0 0 40 26" aria-hidden="true">
      <circle class="virtual" cx="14" cy="13" r="10" />
      <circle class="host" cx="26" cy="13" r="10" />
    </svg>
  );
}
