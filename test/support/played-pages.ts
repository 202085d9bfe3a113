/** Pages whose commands are played, one page after the other, on an embedded host of which `host.yaml` and `admin.yaml` are kubeconfigs. */
export interface PlayedScene {
  pages: string[];
  /** What the first page takes to be running. */
  first?: string;
  /** What they take to be there before some of its commands. */
  before: Readonly<Record<string, string>>;
}

const gpuPod = `kubectl apply -f - <<'EOF'
apiVersion: v1
kind: Pod
metadata: { name: gpu }
spec:
  resourceClaims: [{ name: gpu, resourceClaimTemplateName: gpu }]
  containers: [{ name: main, image: busybox, resources: { claims: [{ name: gpu }] } }]
EOF
until k3v status | grep -q 'in sync     but for 1 refused'; do sleep 0.5; done`;

/** A namespace that the tenant has loosened, with a pod in it that may not run on the host. */
const loosePod = `kubectl create namespace loose
kubectl label namespace loose pod-security.kubernetes.io/enforce=privileged
until kubectl -n loose get serviceaccount default; do sleep 0.2; done
kubectl -n loose run root --image=busybox --privileged
until kubectl -n loose get events | grep ForbiddenByIsolation; do sleep 0.2; done`;

const brokenPolicy = `cat > policy.yaml <<'EOF'
apiVersion: audit.k8s.io/v1
kind: Policy
rules: [{ level: Everything }]
EOF`;

const builder = 'kubectl create namespace ci && kubectl -n ci create serviceaccount builder';

/** A host namespace with a Pod Security Standard, and in team.yaml somebody who lacks a right there. */
const team = `unset KUBECONFIG
kubectl --kubeconfig admin.yaml create namespace team
kubectl --kubeconfig admin.yaml label namespace team pod-security.kubernetes.io/enforce=restricted
k3v host-role --namespace team | kubectl --kubeconfig admin.yaml apply -f -
kubectl --kubeconfig admin.yaml -n team get role k3v -o json > role.json
kubectl --kubeconfig admin.yaml -n team patch role k3v --type=json -p "$(printf '[{"op":"replace","path":"/rules/0/resources","value":["pods","services","configmaps","secrets","persistentvolumeclaims"]},{"op":"add","path":"/rules/-","value":{"apiGroups":[""],"resources":["endpoints"],"verbs":["get","list","watch","create","delete"]}}]')"
cp admin.yaml team.yaml
kubectl --kubeconfig team.yaml config set-credentials k3v --token="$(kubectl --kubeconfig admin.yaml -n team create token k3v)"
kubectl --kubeconfig team.yaml config set-context --current --user=k3v`;

const teamA =
  'kubectl --kubeconfig admin.yaml get namespace team-a || kubectl --kubeconfig admin.yaml create namespace team-a';

const badRules = `cat > bad.yaml <<'EOF'
certificates.cert-manager.io:
  references: [{ path: spec..x, kind: Secret }]
EOF`;

/** Pages whose commands have a test of their own: that of docs/<name>.md is test/e2e/<name>.test.ts, or test/real/<name>.test.ts; those on Clusters are in test/real/k3k-service.test.ts. */
export const guidePages = [
  'docs/first-hour.md',
  'docs/operators.md',
  'docs/cert-manager.md',
  'docs/clusters.md',
  'docs/ci-clusters.md',
  'docs/tenants.md',
  'docs/package-an-application.md',
];

const overrides = '{"spec":{"containers":[{"name":"big","image":"busybox","resources":{"requests":{"cpu":"2"}}}]}}';
/** Says in between what is shown, for the case that it never comes. */
const quotaShows = (namespace: string, words: string) =>
  `until kubectl -n ${namespace} get resourcequota k3v -o jsonpath='{.status}' | grep '${words}'; do kubectl get resourcequota -A; sleep 0.5; done`;

export const playedScenes: PlayedScene[] = [
  {
    pages: ['README.md', 'docs/security.md', 'docs/operating.md'],
    first: 'k3v --kubeconfig host.yaml',
    before: {
      'k3v status': gpuPod,
      'kubectl -n loose get events --field-selector reason=ForbiddenByIsolation': loosePod,
      'k3v --kubeconfig host.yaml --audit-policy-file policy.yaml': brokenPolicy,
      'k3v host-role --namespace team-a | kubectl --kubeconfig admin.yaml apply -f -': teamA,
      'k3v kubeconfig --token ci/builder --server https://k3v.example:7443 > builder.yaml': builder,
      'k3v doctor --kubeconfig team.yaml --namespace team --distro kubernetes': team,
    },
  },
  {
    pages: ['docs/sync.md'],
    before: {
      'k3v host-role --namespace team-a --with ingresses,networkpolicies | kubectl --kubeconfig admin.yaml apply -f -':
        teamA,
      'k3v --sync crd=certificates.cert-manager.io --sync-rules bad.yaml 2>&1 | cat': badRules,
    },
  },
  {
    pages: ['docs/permissions.md'],
    before: {
      'k3v host-role --namespace team-a --with events,nodes | kubectl --kubeconfig admin.yaml apply -f -': teamA,
    },
  },
  {
    pages: ['docs/quota.md'],
    before: {
      'k3v --kubeconfig host.yaml --namespace team-b --quota cpu=1,memory=2Gi,pods=5,services=4':
        'kubectl --kubeconfig admin.yaml create namespace team-b',
      [`kubectl -n shop run big --image=busybox --overrides='${overrides}'`]: quotaShows('shop', '"cpu":"950m"'),
      // The sums of one namespace are those of the others a moment later.
      'kubectl get resourcequota -A': [
        quotaShows('shop', '"used":{"cpu":"200m","memory":"256Mi","pods":"2"'),
        ...['default', 'kube-node-lease', 'kube-public'].map((name) => quotaShows(name, '"hard":{"cpu":"750m"')),
        quotaShows('kube-system', '"hard":{"cpu":"800m"'),
      ].join('\n'),
    },
  },
];
