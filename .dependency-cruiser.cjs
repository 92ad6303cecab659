/** The rules of the house (docs/architecture.md), checked by `npm run check`. */
const SERVER_ONLY =
  '^src/(hub|main)\\.ts$|^src/lib/(signaling/(server|bus)|sfu/[^/]+\\.ts|storage|identity|fleet|records|whip|demo|tls|rooms/(?!client)|clinic/(?!model))';
const TESTS = '\\.test\\.ts$|/testing';

/** Arrows point one way: each layer with those that it may not look up to. */
const UPWARD = {
  '^src/lib/storage/':
    '^src/(routes|hub|main)|^src/lib/(rooms|sfu|signaling/(server|bus|client)|identity|demo|ui)',
  '^src/lib/signaling/(bus|server)/': '^src/(routes|hub|main)|^src/lib/(rooms|sfu|storage|demo|ui)',
  '^src/lib/sfu/': '^src/(routes|hub|main)|^src/lib/(rooms|storage|signaling/(server|bus)|identity|demo|ui)',
  '^src/lib/identity/': '^src/(routes|hub|main)|^src/lib/(rooms|sfu|signaling/(server|bus|client)|demo|ui)',
  '^src/lib/records/': '^src/(routes|hub|main)|^src/lib/(rooms|sfu|signaling/(server|bus|client)|demo|ui)',
  '^src/lib/rooms/': '^src/(routes|hub|main)|^src/lib/(clinic|whip|demo|ui)',
  '^src/lib/clinic/': '^src/(routes|hub|main)|^src/lib/(sfu|whip|demo|ui)',
  '^src/lib/whip/': '^src/(routes|hub|main)|^src/lib/(storage|demo|ui)',
};

const runtime = { dependencyTypesNot: ['type-only'] };

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, viaOnly: runtime } },
    {
      name: 'contract-imports-nothing-but-zod',
      severity: 'error',
      from: { path: '^src/lib/signaling/contract/', pathNot: TESTS },
      to: { pathNot: '^src/lib/signaling/contract/|(^|/)node_modules/zod/' },
    },
    {
      name: 'browser-code-imports-no-server-code',
      severity: 'error',
      from: {
        path: '^src/lib/(ui|i18n|rooms/client|sfu/client|signaling/client)/|\\.svelte$',
        pathNot: TESTS,
      },
      to: { path: SERVER_ONLY, ...runtime },
    },
    {
      name: 'pages-reach-the-hub-through-locals',
      comment: 'A bundled copy of server code would be a second instance; types are free.',
      severity: 'error',
      from: { path: '^src/(routes|hooks)', pathNot: TESTS },
      to: {
        path: '^src/(hub|main)\\.ts$|^src/lib/(signaling/(server|bus)|sfu/[^/]+\\.ts|storage|fleet|whip|demo|tls|clinic/(?!model))',
        ...runtime,
      },
    },
    ...Object.entries(UPWARD).map(([from, to]) => ({
      name: `arrows-point-one-way ${from}`,
      severity: 'error',
      from: { path: from, pathNot: TESTS },
      to: { path: to, ...runtime },
    })),
    {
      name: 'box-knows-the-contract-only',
      severity: 'error',
      from: { path: '^edge-box/', pathNot: TESTS },
      to: { path: '^src/', pathNot: '^src/lib/(signaling/(contract|client)|vitals)/' },
    },
    {
      name: 'hub-does-not-import-the-box',
      severity: 'error',
      from: { path: '^src/', pathNot: TESTS },
      to: { path: '^edge-box/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.svelte-kit|^build/|src/lib/paraglide' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'svelte', 'node', 'default', 'types'],
    },
  },
};
