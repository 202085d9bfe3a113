/**
 * Returns CoreDNS's configuration: names of `clusterDomain` from the API server, all others from the resolver of the node.
 * As in k3s, a tenant adds plugins with `*.override` and zones with `*.server` keys of the ConfigMap `coredns-custom`.
 */
export function corefile(clusterDomain: string): string {
  return `.:53 {
    errors
    health {
        lameduck 5s
    }
    ready
    kubernetes ${clusterDomain} in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 5
    }
    prometheus :9153
    forward . /etc/resolv.conf {
        max_concurrent 1000
    }
    cache 30 {
        disable success ${clusterDomain}
        disable denial ${clusterDomain}
    }
    loop
    reload
    loadbalance
    import ${customFolder}/*.override
}
import ${customFolder}/*.server
`;
}

/** Where CoreDNS finds the ConfigMap `coredns-custom`. */
export const customFolder = '/etc/coredns/custom';
