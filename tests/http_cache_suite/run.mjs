// Run the suite in a folder against a server, and write the tests and their results:
// node run.mjs FOLDER FORM BASE_URL FILE
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [folder, form, baseUrl, file] = process.argv.slice(2)

// How many tests go on at once. They wait most of the time; a crowd would make them late.
const atOnce = 50
// The older form has no limit for a request; this is the newer one's.
const limit = 10_000

const load = path => import(pathToFileURL(join(folder, path)))

const runners = {
  async git (tests) {
    const runner = await load('test-engine/client/runner.mjs')
    await runner.runTests(tests, false, baseUrl, atOnce)
    return runner.getResults()
  },
  async npm (tests) {
    const runner = await load('client/runner.mjs')
    // Node's own would add headers to some requests that are meant to have none.
    const fetch = createRequire(join(folder, 'cli.mjs'))('node-fetch')
    const limited = (url, init) => fetch(url, { timeout: limit, ...init })
    await runner.runTests(tests, limited, false, baseUrl, atOnce)
    return runner.getResults()
  }
}

const { default: suites } = await load('tests/index.mjs')
// A run leaves its marks on the tests: keep what they are before it.
const before = JSON.stringify(suites)
const results = await runners[form](suites)
writeFileSync(file, `{"suites": ${before}, "results": ${JSON.stringify(results)}}`)
// Connections that are kept alive would keep the process alive, too.
process.exit(0)
