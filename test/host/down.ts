// `npm run host:down`: ends the host of `npm run host:up` and removes all of it.
import { hostNetworks } from './networks.ts';
import { hostFolder } from './real-host.ts';
import { removeHost } from './remains.ts';

await removeHost(hostFolder('hand'), hostNetworks.hand.interface);
