import type { ClusterFacts } from '../page-data.ts';

const columns = ['Virtual', 'Host', 'In sync', 'Pending', 'Refused'];

/** What `k3v status` says of each kind. */
export function Kinds({ cluster }: { cluster: ClusterFacts }) {
  return (
    <section class="card kinds" aria-labelledby="kinds">
      <div class="card-head">
        <h2 id="kinds">Kinds</h2>
        <span class="count">as k3v status</span>
      </div>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Kind</th>
              {columns.map((name) => (
                <th scope="col" class="number" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {cluster.kinds.map(({ plural, virtual, host, inSync, pending, refused }, index) => (
              <tr key={index}>
                <th scope="row">{plural}</th>
                <td class="number">{virtual}</td>
                <td class="number">{host}</td>
                <td class="number">{inSync}</td>
                <td class={`number ${pending > 0 ? 'busy' : 'zero'}`}>{pending}</td>
                <td class={`number ${refused > 0 ? 'bad' : 'zero'}`}>{refused}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
