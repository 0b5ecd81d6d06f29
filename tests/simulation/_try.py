import sys
from tests.simulation import outside as o
o.take_over()
from pathlib import Path
import tempfile
from tests.simulation import world as w
from tests.simulation.faults import Faults
from tests.simulation.redis_server import VirtualRedisServer
import odps_bot.listeners, workers
o.take_over_datetimes()
w.connect_product()
import logging; logging.disable(logging.NOTSET) if '-v' in sys.argv else None
logging.basicConfig(level=logging.INFO)
with VirtualRedisServer() as server:
    wire=server.connect()
    f=Faults(1); f.is_calm=True
    W=w.World(1,server,wire,f,Path(tempfile.mkdtemp()))
    if '-t' in sys.argv: W.boundaries.on_line=print
    def person():
        W.loop.sleep(2)
        W.slack.response_urls['https://hooks.example/1']=('U1','C1')
        a=W.send({"command":"/odps","text":"run select 'mark-C1-1', 1 from t_1","team_id":"T1","channel_id":"C1","user_id":"U1","trigger_id":"1.1","response_url":"https://hooks.example/1"})
        print(a)
    W.loop.spawn(person,W.people)
    W.loop.run(until_us=W.loop.now_us+60_000_000)
    print(W.violations, W.boundaries.count, hex(W.boundaries.digest))
    for p in W.slack.posts(): print(p.channel,p.ts,p.thread_ts,p.text[:100],p.label)
    print(W.slack.privates)
