-- One kind of request, from the environment; the last line of the output is JSON.
local unique = os.getenv("SHOT_UNIQUE")
local run = os.getenv("SHOT_RUN")
local count = 0

wrk.method = os.getenv("SHOT_METHOD")
if os.getenv("SHOT_BODY") ~= "" then
  wrk.body = os.getenv("SHOT_BODY")
end

if unique ~= "" then
  request = function()
    count = count + 1
    wrk.headers[unique] = run .. "-" .. count
    return wrk.format()
  end
end

done = function(summary, latency, _)
  local failed = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "errors": %d, "p50_ms": %.3f, "p99_ms": %.3f}\n',
    summary.requests,
    summary.duration / 1e6,
    failed.connect + failed.read + failed.write + failed.status + failed.timeout,
    latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3
  ))
end
