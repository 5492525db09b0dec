import sys, json
from tests.benchmarks import sustained
print(json.dumps(sustained.run(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])), indent=1))
