/** A name of DNS, as most objects of Kubernetes have one (a DNS subdomain of RFC 1123); how long it is, is not looked at. */
export const dnsName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
