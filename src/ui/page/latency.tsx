import type { LatencySample, Way } from '../page-data.ts';
import { Chart } from './chart.tsx';
import { summaryOf } from './model.ts';
import { durationOf } from './words.ts';

const ways: readonly { way: Way; name: string; side: string }[] = [
  { way: 'toHost', name: 'New pod to host', side: 'host' },
  { way: 'toVirtual', name: 'Status to virtual', side: 'virtual' },
];

/** How long k3v takes to carry pods across. */
export function Latency({ samples, now }: { samples: readonly LatencySample[]; now: number }) {
  return (
    <section class="card latency" aria-labelledby="latency">
      <div class="card-head">
        <h2 id="latency">Latency</h2>
        <span class="count">the last 15 minutes, as seen by watches of both sides</span>
      </div>
      <Chart samples={samples} now={now} />
      <table>
        <thead>
          <tr>
            <th scope="col">Way</th>
            {['Count', 'Median', '95 %', 'Longest'].map((name) => (
              <th scope="col" class="number" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ways.map(({ way, name, side }) => (
            <Line name={name} side={side} summary={summaryOf(samples, way)} key={way} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Line({ name, side, summary }: { name: string; side: string; summary: ReturnType<typeof summaryOf> }) {
  const times = summary && [summary.median, summary.p95, summary.longest].map(durationOf);
  return (
    <tr>
      <th scope="row">
        <span class={`swatch ${side}`} aria-hidden="true" /> {name}
      </th>
      {[String(summary?.count ?? 0), ...(times ?? ['–', '–', '–'])].map((text, index) => (
        <td class="number" key={index}>
          {text}
        </td>
      ))}
    </tr>
  );
}
