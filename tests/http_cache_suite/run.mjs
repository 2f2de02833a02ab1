// Run the suite in a folder against a server, and write the tests and their results:
// node run.mjs FOLDER FORM BASE_URL FILE
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [folder, form, baseUrl, file] = process.argv.slice(2)

// How many tests go on at once, in each turn. They wait most of the time; a crowd would
// make them late. The product stores nothing new that was being made while anything was
// invalidated. What is stored would be chance, if tests that write ran beside others that
// begin: so they run after those, and one by one if they do not wait before they write.
const turns = [50, 50, 1]
// The older form has no limit for a request; this is the newer one's.
const limit = 10_000

const load = (path, copy = 0) =>
  import(`${pathToFileURL(join(folder, path))}?${copy}`)

function getTurn ({ requests }) {
  const write = requests.findIndex(isWrite)
  if (write === -1) return 0
  return requests.slice(0, write).some(request => request.pause_after) ? 1 : 2
}

function isWrite ({ request_method: method = 'GET', response_status: [status] = [200] }) {
  return !['GET', 'HEAD', 'OPTIONS', 'TRACE'].includes(method) && status < 400
}

const inTurns = suites => turns.map((atOnce, turn) => [
  suites.map(suite => ({
    ...suite,
    tests: suite.tests.filter(test => getTurn(test) === turn)
  })),
  atOnce
])

const runners = {
  async git (tests) {
    const runner = await load('test-engine/client/runner.mjs')
    for (const [some, atOnce] of inTurns(tests)) {
      await runner.runTests(some, false, baseUrl, atOnce)
    }
    return runner.getResults()
  },
  async npm (tests) {
    // Node's own would add headers to some requests that are meant to have none.
    const fetch = createRequire(join(folder, 'cli.mjs'))('node-fetch')
    const limited = (url, init) => fetch(url, { timeout: limit, ...init })
    // Its runner can be used once; the results of all copies are in one place.
    for (const [turn, [some, atOnce]] of inTurns(tests).entries()) {
      const runner = await load('client/runner.mjs', turn)
      await runner.runTests(some, limited, false, baseUrl, atOnce)
    }
    return (await load('client/runner.mjs')).getResults()
  }
}

const { default: suites } = await load('tests/index.mjs')
// A run leaves its marks on the tests: keep what they are before it.
const before = JSON.stringify(suites)
const results = await runners[form](suites)
writeFileSync(file, `{"suites": ${before}, "results": ${JSON.stringify(results)}}`)
// Connections that are kept alive would keep the process alive, too.
process.exit(0)
