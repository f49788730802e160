import { AdmissionregistrationV1Api, CoreV1Api, KubeConfig, RbacAuthorizationV1Api } from '@kubernetes/client-node';
import { expect, it } from 'vitest';
import { kubectl } from '../helpers/kubectl.ts';
import { hasKubernetes, kubernetesSuite } from '../helpers/kubernetes.ts';
import { podsIn } from '../helpers/kubernetes-pods.ts';
import { describeWith } from '../helpers/requires.ts';
import { until } from '../helpers/until.ts';

describeWith('kubernetes', hasKubernetes())('rules of a cluster for tests', () => {
  const suite = kubernetesSuite();

  it('holds a namespace to Pod Security "restricted"', async () => {
    const { config, makeNamespace } = suite.cluster;
    await using namespace = await makeNamespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const pods = podsIn(config, namespace.name, 'nowhere.example/image:1');
    await pods.create('modest', pods.spec('true'));
    const { securityContext: _, ...asRoot } = pods.spec('true');
    await expect(pods.create('free', asRoot)).rejects.toMatchObject({ code: 403 });
  });

  it('holds everybody to a ValidatingAdmissionPolicy', async () => {
    const admission = suite.cluster.config.makeApiClient(AdmissionregistrationV1Api);
    const name = suite.namespace.name;
    const resourceRules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }];
    const validations = [{ expression: "object.metadata.name != 'forbidden'", message: 'a rule of a test' }];
    const matchConstraints = {
      resourceRules,
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
    };
    await using cleanup = new AsyncDisposableStack();
    await admission.createValidatingAdmissionPolicy({
      body: { metadata: { name }, spec: { matchConstraints, validations } },
    });
    cleanup.defer(async () => void (await admission.deleteValidatingAdmissionPolicy({ name })));
    await admission.createValidatingAdmissionPolicyBinding({
      body: { metadata: { name }, spec: { policyName: name, validationActions: ['Deny'] } },
    });
    cleanup.defer(async () => void (await admission.deleteValidatingAdmissionPolicyBinding({ name })));
    const core = suite.cluster.config.makeApiClient(CoreV1Api);
    const create = (map: string) =>
      core.createNamespacedConfigMap({ namespace: name, body: { metadata: { name: map } }, dryRun: 'All' });
    // It holds a moment after it is made.
    const refusal = await until('the rule to hold', () => create('forbidden').then(() => undefined, String));
    expect(refusal).toContain('a rule of a test');
    await create('allowed');
  });

  it('lets a user with the role "edit" do what that says, in its namespace alone', async () => {
    const config = new KubeConfig();
    config.loadFromFile(await suite.namespace.kubeconfigFor('edit'));
    const [core, rbac] = [config.makeApiClient(CoreV1Api), config.makeApiClient(RbacAuthorizationV1Api)];
    const namespace = suite.namespace.name;
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'own' } } });
    const role = { metadata: { name: 'more' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] };
    await expect(rbac.createNamespacedRole({ namespace, body: role })).rejects.toMatchObject({ code: 403 });
    await expect(core.listNamespacedConfigMap({ namespace: 'default' })).rejects.toMatchObject({ code: 403 });
  });

  it('has a kubectl, whose user is that of the file', async () => {
    const file = await suite.namespace.kubeconfigFor('view');
    expect(await kubectl(file, 'auth', 'can-i', 'list', 'pods')).toBe('yes\n');
    await expect(kubectl(file, 'create', 'configmap', 'more')).rejects.toThrow('forbidden');
  });
});
