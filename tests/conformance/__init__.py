"""Each rule of each specification that can be seen over HTTP, one test each."""
