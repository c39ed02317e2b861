import ArgumentParser
import Subprocess
import GRDB
print("x")
